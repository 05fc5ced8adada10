"""The GS1 application identifiers, as one table of facts; `ai.py` reads it (floor 0).

Each row is

    AI | format | rules | data title

- **AI**: one, or its leading digits (single or ranges) `+` the range of its last digit: `310-316 350 + 0-5` is 3100
  to 3105, 3110 to 3115 … and 3500 to 3505.
- **format**: components one after another. `N` digits, `X` CSET 82, `Y` CSET 39, `Z` CSET 64; `N6` exactly six,
  `X..20` one to twenty; `[…]` may be absent; `:name` is a rule of `rules.py` that the component keeps.
- **rules**: `key` a primary key of a Digital Link, `key=22,10,21/235` with its qualifiers in path order, here two
  alternative orders; `attribute` may stand in the query of a Digital Link; `with=` one of these must be there too
  (`+` joins what must be there together; several `with=` all hold); `without=` none of these may be there, `n` being
  any digit; `alone` none of the same leading digits. Words in capitals stand for what `SHORT` says.

Sources: GS1 General Specifications, chapter 3 (formats, titles) and "data relationships" (associations); GS1 Digital
Link Standard: URI Syntax, release 1.4 (keys, qualifiers); compared with the GS1 Barcode Syntax Dictionary of
2024-06-10. Two differences are meant: 410 to 413 are keys here, as in the resolver standard's list of supported
primary keys, where the dictionary has them as attributes only; and `P` is not GS1's but the house's own key, for
products that have no GTIN (`identifier.py`).

Worked example: `17 | N6:date0 | attribute with=01,…` is the use-by date, exactly six digits YYMMDD with day 00
allowed, in the query and beside a GTIN: `/01/09521234543213?17=261231`.
"""

SHORT = {
    "TRADE": "with=01,02,03,8006,8026",
    "ITEM": "with=01,02,8006,8026",
    "MEASURE": "with=30,31nn,32nn,35nn,36nn",
    "COUNTRIES": "N3:country [N3:country] [N3:country] [N3:country] [N3:country]",
}

TABLE = """
00        | N18:check_digit         | key attribute                                | SSCC
01        | N14:check_digit         | key=22,10,21/235 attribute without=255,37    | GTIN
02        | N14:check_digit         | attribute with=37 without=01,03              | CONTENT
03        | N14:check_digit         | without=01,02,37                             | MTO GTIN
10        | X..20                   | attribute TRADE                              | BATCH/LOT
11        | N6:date0                | attribute TRADE                              | PROD DATE
12        | N6:date0                | attribute with=8020                          | DUE DATE
13        | N6:date0                | attribute TRADE                              | PACK DATE
15        | N6:date0                | attribute TRADE                              | BEST BEFORE or BEST BY
16        | N6:date0                | attribute TRADE                              | SELL BY
17        | N6:date0                | attribute with=01,02,03,255,8006,8026        | USE BY or EXPIRY
20        | N2                      | attribute ITEM                               | VARIANT
21        | X..20                   | with=01,03,8006 without=235                  | SERIAL
22        | X..20                   | with=01                                      | CPV
235       | X..28                   | with=01                                      | TPX
240       | X..30                   | attribute ITEM                               | ADDITIONAL ID
241       | X..30                   | attribute ITEM                               | CUST. PART No.
242       | N..6                    | attribute ITEM                               | MTO VARIANT
243       | X..20                   | attribute with=01                            | PCN
250       | X..30                   | attribute with=01,8006 with=21               | SECONDARY SERIAL
251       | X..30                   | attribute with=01,8006                       | REF. TO SOURCE
253       | N13:check_digit [X..17] | key attribute                                | GDTI
254       | X..20                   | with=414                                     | GLN EXTENSION COMPONENT
255       | N13:check_digit [N..12] | key attribute without=01,02,415,8006,8020,8026 | GCN
30        | N..8                    | attribute with=01,02                         | VAR. COUNT
310-316 320-329 350-352 356 357 360 361 364-366 + 0-5 | N6 | attribute with=01,02 alone | trade measure
330-336 340-349 353-355 362 363 367-369 + 0-5 | N6 | attribute with=00,01 alone | logistic measure
337 + 0-5 | N6                      | attribute with=01 alone                      | KG PER m²
37        | N..8                    | attribute with=00 with=02,8026               | COUNT
390 + 0-9 | N..15                   | attribute with=255,8020 without=390n,391n,394n,8111 | AMOUNT
391 + 0-9 | N3:currency N..15       | attribute with=8020 without=391n             | AMOUNT
392 + 0-9 | N..15                   | attribute with=01 MEASURE without=392n,393n  | PRICE
393 + 0-9 | N3:currency N..15       | attribute MEASURE without=393n               | PRICE
394 + 0-3 | N4                      | attribute with=255 without=394n,8111         | PRCNT OFF
395 + 0-5 | N6                      | attribute MEASURE without=392n,393n,395n,8005 | PRICE/UoM
400       | X..30                   | attribute                                    | ORDER NUMBER
401       | X..30:prefix            | key attribute                                | GINC
402       | N17:check_digit         | key attribute                                | GSIN
403       | X..30                   | attribute with=00                            | ROUTE
410       | N13:check_digit         | key attribute                                | SHIP TO LOC
411       | N13:check_digit         | key attribute                                | BILL TO
412       | N13:check_digit         | key attribute                                | PURCHASE FROM
413       | N13:check_digit         | key attribute                                | SHIP FOR LOC
414       | N13:check_digit         | key=254/7040 attribute                       | LOC No.
415       | N13:check_digit         | key=8020 attribute with=8020                 | PAY TO
416       | N13:check_digit         | attribute                                    | PROD/SERV LOC
417       | N13:check_digit         | key=7040 attribute                           | PARTY
420       | X..20                   | attribute without=421                        | SHIP TO POST
421       | N3:country X..9         | attribute without=4307                       | SHIP TO POST
422       | N3:country              | attribute ITEM without=426                   | ORIGIN
423       | COUNTRIES               | attribute with=01,02 without=426             | COUNTRY - INITIAL PROCESS
424       | N3:country              | attribute with=01,02 without=426             | COUNTRY - PROCESS
425       | COUNTRIES               | attribute with=01,02 without=426             | COUNTRY - DISASSEMBLY
426       | N3:country              | attribute with=01,02                         | COUNTRY - FULL PROCESS
427       | X..3                    | attribute with=01,02 with=422                | ORIGIN SUBDIVISION
4300      | X..35:escapes           | attribute with=00                            | SHIP TO COMP
4301      | X..35:escapes           | attribute with=00                            | SHIP TO NAME
4302      | X..70:escapes           | attribute with=00                            | SHIP TO ADD1
4303      | X..70:escapes           | attribute with=4302                          | SHIP TO ADD2
4304      | X..70:escapes           | attribute with=00                            | SHIP TO SUB
4305      | X..70:escapes           | attribute with=00                            | SHIP TO LOC
4306      | X..70:escapes           | attribute with=00                            | SHIP TO REG
4307      | X2:country2             | attribute with=00                            | SHIP TO COUNTRY
4308      | X..30                   | attribute with=00                            | SHIP TO PHONE
4309      | N10:latitude N10:longitude | attribute with=00                            | SHIP TO GEO
4310      | X..35:escapes           | attribute with=00                            | RTN TO COMP
4311      | X..35:escapes           | attribute with=00                            | RTN TO NAME
4312      | X..70:escapes           | attribute with=00                            | RTN TO ADD1
4313      | X..70:escapes           | attribute with=4312                          | RTN TO ADD2
4314      | X..70:escapes           | attribute with=00                            | RTN TO SUB
4315      | X..70:escapes           | attribute with=00                            | RTN TO LOC
4316      | X..70:escapes           | attribute with=00                            | RTN TO REG
4317      | X2:country2             | attribute with=00                            | RTN TO COUNTRY
4318      | X..20                   | attribute with=00                            | RTN TO POST
4319      | X..30                   | attribute with=00                            | RTN TO PHONE
4320      | X..35:escapes           | attribute with=00                            | SRV DESCRIPTION
432 + 1-3 | N1:yesno                | attribute with=00                            | YES OR NO FOR DELIVERY
432 + 4-5 | N6:date0 N4:time        | attribute with=00                            | NOT BEFORE, NOT AFTER
4326      | N6:date                 | attribute with=00                            | REL DATE
4330      | N6 [X1:minus]           | attribute with=00 without=4331               | MAX TEMP F
4331      | N6 [X1:minus]           | attribute with=00 without=4330               | MAX TEMP C
4332      | N6 [X1:minus]           | attribute with=00 without=4333               | MIN TEMP F
4333      | N6 [X1:minus]           | attribute with=00 without=4332               | MIN TEMP C
7001      | N13                     | attribute ITEM                               | NSN
7002      | X..30                   | attribute with=01,02                         | MEAT CUT
7003      | N6:date N4:time         | attribute with=01,02                         | EXPIRY TIME
7004      | N..4                    | attribute with=01 with=10                    | ACTIVE POTENCY
7005      | X..12                   | attribute with=01,02                         | CATCH AREA
7006      | N6:date                 | attribute with=01,02                         | FIRST FREEZE DATE
7007      | N6:date [N6:date]       | attribute with=01,02                         | HARVEST DATE
7008      | X..3                    | attribute with=01,02                         | AQUATIC SPECIES
7009      | X..10                   | attribute with=01,02                         | FISHING GEAR TYPE
7010      | X..2                    | attribute with=01,02                         | PROD METHOD
7011      | N6:date [N4:time]       | attribute with=01,02                         | TEST BY DATE
7020      | X..20                   | attribute with=01,8006 with=416              | REFURB LOT
7021      | X..20                   | attribute with=01,8006                       | FUNC STAT
7022      | X..20                   | attribute with=7021                          | REV STAT
7023      | X..30:prefix            | attribute                                    | GIAI - ASSEMBLY
703 + 0-9 | N3:country999 X..27     | attribute with=01,02                         | PROCESSOR
7040      | N1 X1 X1 X1:importer    |                                              | UIC+EXT
7041      | X..4                    | with=00                                      | UFRGT UNIT TYPE
71 + 0-6  | X..20                   | attribute with=01                            | NHRN
723 + 0-9 | X2 X..28                | attribute with=01,8004                       | CERT
7240      | X..20                   | attribute with=01,8006                       | PROTOCOL
7241      | N2:media                | attribute with=8017,8018                     | AIDC MEDIA TYPE
7242      | X..25                   | attribute with=8017,8018                     | VCN
7250      | N8:fulldate             | attribute with=8018 without=7251             | DOB
7251      | N8:fulldate N4:time     | attribute with=8018 without=7250             | DOB TIME
7252      | N1:sex                  | attribute with=8018                          | BIO SEX
7253      | X..40:escapes           | attribute with=8017,8018 without=7256,7259   | FAMILY NAME
7254      | X..40:escapes           | attribute with=8017,8018 without=7256,7259   | GIVEN NAME
7255      | X..10                   | attribute with=8017,8018 without=7256,7259   | SUFFIX
7256      | X..90:escapes           | attribute with=8017,8018                     | FULL NAME
7257      | X..70:escapes           | attribute with=8018                          | PERSON ADDR
7258      | X3:sequence             | attribute with=8018+7259                     | BIRTH SEQUENCE
7259      | X..40:escapes           | attribute with=8018 without=7256             | BABY
8001 | N4:nonzero N5:nonzero N3:nonzero N1:winding N1 | attribute with=01 | DIMENSIONS
8002      | X..20                   | attribute                                    | CMT No.
8003      | N1:zero N13:check_digit [X..16] | key attribute                                | GRAI
8004      | X..30:prefix            | key=7040 attribute                           | GIAI
8005      | N6                      | attribute with=01,02                         | PRICE PER UNIT
8006      | N14:check_digit N4:pieces | key=22,10,21 attribute without=01,37         | ITIP
8007      | X..34:iban              | attribute with=415                           | IBAN
8008      | N6:date N2:hour [N2:sixty] [N2:sixty] | attribute with=01,02                         | PROD TIME
8009      | X..50                   | attribute with=00,01                         | OPTSEN
8010      | Y..30:prefix            | key=8011 attribute                           | CPID
8011      | N..12:noleadingzero     | with=8010                                    | CPID SERIAL
8012      | X..20                   | attribute with=01,8006                       | VERSION
8013      | X..25:prefix:check_pair | key attribute                                | GMN
8014      | X..25:prefix:check_pair | with=01                                      | MUDI
8017      | N18:check_digit         | key=8019 attribute without=8018              | GSRN - PROVIDER
8018      | N18:check_digit         | key=8019 attribute without=8017              | GSRN - RECIPIENT
8019      | N..10                   | with=8017,8018                               | SRIN
8020      | X..25                   | with=415                                     | REF No.
8026      | N14:check_digit N4:pieces | attribute with=37 without=02,8006            | ITIP CONTENT
8030 | Z..90 | attribute with=00,01+21,253,255,8003,8004,8006+21,8010+8011,8017,8018 | DIGSIG
8110      | X..70                   | attribute                                    | NORTH AMERICAN COUPON
8111      | N4                      | attribute with=255                           | POINTS
8112      | X..70                   | attribute                                    | PAPERLESS COUPON
8200      | X..70                   | with=01                                      | PRODUCT URL
90        | X..30                   | attribute                                    | INTERNAL
9 + 1-9   | X..90                   | attribute                                    | INTERNAL
P         | X..20                   | key=10,21 without=37,255                     | product code of this service
"""
