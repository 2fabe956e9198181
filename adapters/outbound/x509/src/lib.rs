//! Certificate requests, key pairs and PKCS#12 files.
