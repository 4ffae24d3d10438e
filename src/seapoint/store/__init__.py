"""The one place where intent is kept: SQL tables, the change log, the cloud file's versions, status."""
