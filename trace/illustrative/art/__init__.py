"""The drawings of the illustrative products: a paper-cut canvas, shared motifs, one module per subject."""
