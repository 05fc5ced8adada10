"""OCOP Trace: an identity that can be checked for every product, and a voice for its maker."""
