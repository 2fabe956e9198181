//! Cursors of lists, as programs see them: opaque, and recognisably ours.

use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};
use warifu_core::Refusal;

const CHECK: usize = 6;

/// What names the place `position` in `list`.
pub(super) fn seal(list: &str, position: &str) -> String {
    let mut bytes = check(list, position).to_vec();
    bytes.extend_from_slice(position.as_bytes());
    BASE64URL_NOPAD.encode(&bytes)
}

/// The place that `cursor` names in `list`. A cursor guards no secret, so its check is no
/// signature: it tells a mistake from a place.
pub(super) fn open(list: &str, cursor: &str) -> Result<String, Refusal> {
    let bytes = BASE64URL_NOPAD
        .decode(cursor.as_bytes())
        .map_err(|_| Refusal::BadCursor)?;
    let (given, position) = bytes.split_at_checked(CHECK).ok_or(Refusal::BadCursor)?;
    let position = std::str::from_utf8(position).map_err(|_| Refusal::BadCursor)?;
    if given == check(list, position) {
        Ok(position.to_owned())
    } else {
        Err(Refusal::BadCursor)
    }
}

fn check(list: &str, position: &str) -> [u8; CHECK] {
    let mut hash = Sha256::new();
    hash.update(list.as_bytes());
    hash.update([0]);
    hash.update(position.as_bytes());
    let mut check = [0; CHECK];
    check.copy_from_slice(&hash.finalize()[..CHECK]);
    check
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_back_to_its_place_in_its_list() {
        let cursor = seal("users", "user01");
        assert_eq!(open("users", &cursor), Ok("user01".to_owned()));
        assert_eq!(open("others", &cursor), Err(Refusal::BadCursor));
    }

    #[test]
    fn what_this_server_did_not_give_is_no_cursor() {
        for text in [
            "",
            "user01",
            "not-a-cursor",
            "%%%",
            "AAAAAAAAAA",
            "dXNlcjAx",
        ] {
            assert_eq!(open("users", text), Err(Refusal::BadCursor), "{text}");
        }
    }
}
