"""Lists that people bring: CSV, XLSX, cells pasted from Word or Excel, in new and old encodings (floor 0, pure).

    bytes or pasted text  ->  reading.read_sheet / reading.read_pasted  ->  Sheet (rows of cells with their lines)
    Sheet                 ->  columns.find_header, columns.suggest      ->  which column is which field
    one cell              ->  cells.*                                   ->  a value, or BadCell with its reason

Nothing here knows the register: what a line means for it is decided by `ocop.trace.importing`.
"""
