"""What a data sheet or a standard defines: QR symbols, NDEF, NTAG chips (floor 0)."""
