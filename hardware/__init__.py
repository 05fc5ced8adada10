"""Readers, chips and the provisioning station. Imports trace.tags, trace.signing and trace.gs1 only."""
