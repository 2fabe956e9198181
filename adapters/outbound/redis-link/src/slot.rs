//! Which of a Cluster's 16,384 slots a key belongs to.

/// How many slots a Cluster has.
pub(crate) const SLOTS: u16 = 16_384;

/// The slot of `key`: CRC-16 of what stands between the first braces, if anything does, else of
/// the whole key.
pub fn slot(key: &str) -> u16 {
    let hashed = key
        .split_once('{')
        .and_then(|(_, rest)| rest.split_once('}'))
        .map(|(tag, _)| tag)
        .filter(|tag| !tag.is_empty());
    crc16(hashed.unwrap_or(key).as_bytes()) % SLOTS
}

/// CRC-16/XMODEM.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc, _| {
            if crc & 0x8000 == 0 {
                crc << 1
            } else {
                (crc << 1) ^ 0x1021
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_the_cluster_specification() {
        assert_eq!(crc16(b"123456789"), 0x31C3);
    }

    #[test]
    fn only_what_stands_in_the_first_braces_counts() {
        assert_eq!(slot("warifu:{abc}:a"), slot("{abc}"));
        assert_eq!(slot("warifu:{abc}:a"), slot("x{abc}{def}"));
        assert_eq!(slot("foo"), 12_182);
        assert_eq!(slot("x{}y"), crc16(b"x{}y") & 0x3fff);
    }
}
