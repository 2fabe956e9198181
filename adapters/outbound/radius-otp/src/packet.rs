//! The packets: what is sent, and what proves that an answer is one.

use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use subtle::ConstantTimeEq;
use thiserror::Error;
use zeroize::Zeroizing;

/// The value of an attribute, in bytes (RFC 2865 §5).
pub(crate) const LONGEST_ATTRIBUTE: usize = 253;

/// The value of User-Password, in bytes (RFC 2865 §5.2).
pub(crate) const LONGEST_PASSWORD: usize = 128;

/// No packet is longer (RFC 2865 §3).
pub(crate) const LONGEST_PACKET: usize = 4096;

const ACCESS_REQUEST: u8 = 1;
const ACCESS_ACCEPT: u8 = 2;
const ACCESS_REJECT: u8 = 3;
const ACCESS_CHALLENGE: u8 = 11;
const STATUS_SERVER: u8 = 12;

const USER_NAME: u8 = 1;
const USER_PASSWORD: u8 = 2;
const NAS_IDENTIFIER: u8 = 32;
const MESSAGE_AUTHENTICATOR: u8 = 80;

/// Code, identifier, length and authenticator.
const HEADER: usize = 20;
/// Of MD5, of authenticators and of the blocks that a password is hidden in.
const BLOCK: usize = 16;

/// What a server says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Accept,
    Reject,
    Challenge,
}

/// Why a datagram is not the answer that is waited for.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    #[error("it is malformed")]
    Malformed,
    #[error("it belongs to another request")]
    OtherRequest,
    #[error("it was not made with the shared secret")]
    BadAuthenticator,
    #[error(
        "it has no Message-Authenticator: have the server send one, or set \
         allow_missing_message_authenticator"
    )]
    NoMessageAuthenticator,
    #[error("its Message-Authenticator is wrong")]
    BadMessageAuthenticator,
}

/// A value that does not fit into a packet. Nothing is cut: that would be another value.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a value is longer than RADIUS can carry")]
pub(crate) struct TooLong;

/// A request, ready to be sent, as often as need be.
pub(crate) struct Request {
    bytes: Zeroizing<Vec<u8>>,
}

impl Request {
    /// Asks whether `password` is right for `user_name`.
    pub(crate) fn access(
        identifier: u8,
        authenticator: [u8; BLOCK],
        secret: &[u8],
        user_name: &str,
        password: &str,
        nas_identifier: &str,
    ) -> Result<Self, TooLong> {
        let hidden = hide(password.as_bytes(), secret, &authenticator)?;
        let attributes = [
            (USER_NAME, user_name.as_bytes()),
            (USER_PASSWORD, &hidden),
            (NAS_IDENTIFIER, nas_identifier.as_bytes()),
        ];
        Self::new(
            ACCESS_REQUEST,
            identifier,
            authenticator,
            secret,
            &attributes,
        )
    }

    /// Asks whether the server is well.
    pub(crate) fn status(
        identifier: u8,
        authenticator: [u8; BLOCK],
        secret: &[u8],
        nas_identifier: &str,
    ) -> Result<Self, TooLong> {
        let attributes = [(NAS_IDENTIFIER, nas_identifier.as_bytes())];
        Self::new(
            STATUS_SERVER,
            identifier,
            authenticator,
            secret,
            &attributes,
        )
    }

    fn new(
        code: u8,
        identifier: u8,
        authenticator: [u8; BLOCK],
        secret: &[u8],
        attributes: &[(u8, &[u8])],
    ) -> Result<Self, TooLong> {
        let mut bytes = Zeroizing::new(vec![code, identifier, 0, 0]);
        bytes.extend_from_slice(&authenticator);
        // First of all: an attacker must not choose what stands before it.
        push(&mut bytes, MESSAGE_AUTHENTICATOR, &[0; BLOCK])?;
        for (kind, value) in attributes {
            push(&mut bytes, *kind, value)?;
        }
        let length = u16::try_from(bytes.len()).map_err(|_| TooLong)?;
        bytes[2..4].copy_from_slice(&length.to_be_bytes());
        let proof = message_authenticator(secret, &[&bytes]).ok_or(TooLong)?;
        bytes[HEADER + 2..HEADER + 2 + BLOCK].copy_from_slice(&proof);
        Ok(Self { bytes })
    }

    /// What goes over the network.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What `datagram` answers to this request. `demand_proof` is whether it must have a
    /// Message-Authenticator.
    pub(crate) fn read_answer(
        &self,
        datagram: &[u8],
        secret: &[u8],
        demand_proof: bool,
    ) -> Result<Answer, NoAnswer> {
        let (&[code, identifier, high, low], _) =
            datagram.split_first_chunk().ok_or(NoAnswer::Malformed)?;
        let length = usize::from(u16::from_be_bytes([high, low]));
        // What comes after is padding.
        let packet = datagram.get(..length).ok_or(NoAnswer::Malformed)?;
        if !(HEADER..=LONGEST_PACKET).contains(&length) {
            return Err(NoAnswer::Malformed);
        }
        let (head, attributes) = packet.split_at(HEADER);
        if identifier != self.bytes[1] {
            return Err(NoAnswer::OtherRequest);
        }
        let asked = &self.bytes[4..HEADER];
        let mut expected = Md5::new();
        for part in [&head[..4], asked, attributes, secret] {
            expected.update(part);
        }
        if !bool::from(expected.finalize().as_slice().ct_eq(&head[4..])) {
            return Err(NoAnswer::BadAuthenticator);
        }
        match find_proof(attributes)? {
            Some(place) => {
                let (before, rest) = attributes.split_at(place);
                let (proof, after) = rest.split_at(BLOCK);
                let parts = [&head[..4], asked, before, &[0; BLOCK], after];
                let expected = message_authenticator(secret, &parts);
                let expected = expected.ok_or(NoAnswer::BadMessageAuthenticator)?;
                if !bool::from(expected.ct_eq(proof)) {
                    return Err(NoAnswer::BadMessageAuthenticator);
                }
            }
            None if demand_proof => return Err(NoAnswer::NoMessageAuthenticator),
            None => {}
        }
        match code {
            ACCESS_ACCEPT => Ok(Answer::Accept),
            ACCESS_REJECT => Ok(Answer::Reject),
            ACCESS_CHALLENGE => Ok(Answer::Challenge),
            _ => Err(NoAnswer::Malformed),
        }
    }
}

fn push(bytes: &mut Vec<u8>, kind: u8, value: &[u8]) -> Result<(), TooLong> {
    if value.len() > LONGEST_ATTRIBUTE {
        return Err(TooLong);
    }
    let length = u8::try_from(value.len() + 2).map_err(|_| TooLong)?;
    bytes.extend_from_slice(&[kind, length]);
    bytes.extend_from_slice(value);
    Ok(())
}

/// Where the value of the Message-Authenticator stands among the attributes.
fn find_proof(attributes: &[u8]) -> Result<Option<usize>, NoAnswer> {
    let mut place = 0;
    let mut proof = None;
    while let Some(&kind) = attributes.get(place) {
        let length = attributes.get(place + 1).copied().map_or(0, usize::from);
        if length < 2 || place + length > attributes.len() {
            return Err(NoAnswer::Malformed);
        }
        if kind == MESSAGE_AUTHENTICATOR {
            if length != BLOCK + 2 || proof.is_some() {
                return Err(NoAnswer::Malformed);
            }
            proof = Some(place + 2);
        }
        place += length;
    }
    Ok(proof)
}

/// HMAC-MD5 (RFC 3579 §3.2).
fn message_authenticator(secret: &[u8], parts: &[&[u8]]) -> Option<[u8; BLOCK]> {
    let mut mac = Hmac::<Md5>::new_from_slice(secret).ok()?;
    for part in parts {
        mac.update(part);
    }
    Some(mac.finalize().into_bytes().into())
}

/// Hides a password (RFC 2865 §5.2).
fn hide(password: &[u8], secret: &[u8], authenticator: &[u8; BLOCK]) -> Result<Vec<u8>, TooLong> {
    if password.len() > LONGEST_PASSWORD {
        return Err(TooLong);
    }
    let length = password.len().div_ceil(BLOCK).max(1) * BLOCK;
    let mut padded = Zeroizing::new(password.to_vec());
    padded.resize(length, 0);
    let mut hidden: Vec<u8> = Vec::with_capacity(length);
    let mut before = *authenticator;
    for block in padded.chunks(BLOCK) {
        let mask = Md5::new()
            .chain_update(secret)
            .chain_update(before)
            .finalize();
        for (index, (byte, mask)) in block.iter().zip(mask.iter()).enumerate() {
            before[index] = byte ^ mask;
        }
        hidden.extend_from_slice(&before);
    }
    Ok(hidden)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECRET: &[u8] = b"xyzzy5461";
    /// The example of RFC 2865 §7.1.
    const AUTHENTICATOR: [u8; 16] = [
        0x0f, 0x40, 0x3f, 0x94, 0x73, 0x97, 0x80, 0x57, 0xbd, 0x83, 0xd5, 0xcb, 0x98, 0xf4, 0x22,
        0x7a,
    ];
    const ACCEPTED: [u8; 38] = [
        0x02, 0x00, 0x00, 0x26, 0x86, 0xfe, 0x22, 0x0e, 0x76, 0x24, 0xba, 0x2a, 0x10, 0x05, 0xf6,
        0xbf, 0x9b, 0x55, 0xe0, 0xb2, 0x06, 0x06, 0x00, 0x00, 0x00, 0x01, 0x0f, 0x06, 0x00, 0x00,
        0x00, 0x00, 0x0e, 0x06, 0xc0, 0xa8, 0x01, 0x03,
    ];

    fn request(identifier: u8) -> Request {
        Request::access(
            identifier,
            AUTHENTICATOR,
            SECRET,
            "nemo",
            "123456",
            "warifu",
        )
        .unwrap()
    }

    /// An answer as a server makes it; `proof` is whether it has a Message-Authenticator.
    fn answer(request: &Request, code: u8, attributes: &[u8], proof: bool) -> Vec<u8> {
        let mut packet = vec![code, request.bytes()[1], 0, 0];
        packet.extend_from_slice(&request.bytes()[4..HEADER]);
        if proof {
            packet.extend_from_slice(&[MESSAGE_AUTHENTICATOR, 18]);
            packet.extend_from_slice(&[0; BLOCK]);
        }
        packet.extend_from_slice(attributes);
        let length = u16::try_from(packet.len()).unwrap();
        packet[2..4].copy_from_slice(&length.to_be_bytes());
        if proof {
            let mac = message_authenticator(SECRET, &[&packet]).unwrap();
            packet[HEADER + 2..HEADER + 2 + BLOCK].copy_from_slice(&mac);
        }
        sign(&mut packet);
        packet
    }

    fn sign(packet: &mut [u8]) {
        let digest = Md5::new()
            .chain_update(&packet)
            .chain_update(SECRET)
            .finalize();
        packet[4..HEADER].copy_from_slice(&digest);
    }

    #[test]
    fn the_examples_of_the_rfc_come_out() {
        let hidden = hide(b"arctangent", SECRET, &AUTHENTICATOR).unwrap();
        let expected = [
            0x0d, 0xbe, 0x70, 0x8d, 0x93, 0xd4, 0x13, 0xce, 0x31, 0x96, 0xe4, 0x3f, 0x78, 0x2a,
            0x0a, 0xee,
        ];
        assert_eq!(hidden, expected);
        let request = request(0);
        assert_eq!(
            request.read_answer(&ACCEPTED, SECRET, false),
            Ok(Answer::Accept)
        );
        assert_eq!(
            request.read_answer(&ACCEPTED, SECRET, true),
            Err(NoAnswer::NoMessageAuthenticator)
        );
        assert_eq!(
            request.read_answer(&ACCEPTED, b"another secret", false),
            Err(NoAnswer::BadAuthenticator)
        );
    }

    #[test]
    fn the_message_authenticator_stands_first() {
        let request = request(7);
        assert_eq!(request.bytes()[..2], [ACCESS_REQUEST, 7]);
        assert_eq!(
            request.bytes()[HEADER..HEADER + 2],
            [MESSAGE_AUTHENTICATOR, 18]
        );
        let mut zeroed = request.bytes().to_vec();
        zeroed[HEADER + 2..HEADER + 18].fill(0);
        let expected = message_authenticator(SECRET, &[&zeroed]).unwrap();
        assert_eq!(request.bytes()[HEADER + 2..HEADER + 18], expected);
    }

    #[test]
    fn answers_are_what_they_say() {
        let request = request(9);
        for (code, expected) in [
            (2, Ok(Answer::Accept)),
            (3, Ok(Answer::Reject)),
            (11, Ok(Answer::Challenge)),
            (1, Err(NoAnswer::Malformed)),
            (5, Err(NoAnswer::Malformed)),
            (255, Err(NoAnswer::Malformed)),
        ] {
            for attributes in [&[][..], &[18, 4, b'h', b'i']] {
                let mut datagram = answer(&request, code, attributes, true);
                assert_eq!(
                    request.read_answer(&datagram, SECRET, true),
                    expected,
                    "{code}"
                );
                datagram.extend_from_slice(b"padding");
                assert_eq!(
                    request.read_answer(&datagram, SECRET, true),
                    expected,
                    "{code}"
                );
            }
        }
    }

    #[test]
    fn forged_and_broken_answers_are_none() {
        let request = request(9);
        let good = answer(&request, 2, &[], true);
        let read = |datagram: &[u8]| request.read_answer(datagram, SECRET, true);

        let mut other = good.clone();
        other[1] = 10;
        assert_eq!(read(&other), Err(NoAnswer::OtherRequest));
        // A rejection made into an acceptance, as on the wire and with the outer proof repaired.
        let mut turned = answer(&request, 3, &[], true);
        turned[0] = 2;
        assert_eq!(read(&turned), Err(NoAnswer::BadAuthenticator));
        turned[4..HEADER].copy_from_slice(&AUTHENTICATOR);
        sign(&mut turned);
        assert_eq!(read(&turned), Err(NoAnswer::BadMessageAuthenticator));
        let bare = answer(&request, 2, &[], false);
        assert_eq!(read(&bare), Err(NoAnswer::NoMessageAuthenticator));
        assert_eq!(
            request.read_answer(&bare, SECRET, false),
            Ok(Answer::Accept)
        );
        // Attributes that do not fit, and proofs that are none.
        for attributes in [
            &[18, 1][..],
            &[18, 0],
            &[18],
            &[18, 5, 0],
            &[MESSAGE_AUTHENTICATOR, 3, 0],
            &[
                MESSAGE_AUTHENTICATOR,
                18,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
            ],
        ] {
            let datagram = answer(&request, 2, attributes, true);
            assert_eq!(read(&datagram), Err(NoAnswer::Malformed), "{attributes:?}");
        }
        for length in [0, 3, 4, 19] {
            assert_eq!(read(&good[..length]), Err(NoAnswer::Malformed));
        }
        let mut short = good.clone();
        short[2..4].copy_from_slice(&19_u16.to_be_bytes());
        assert_eq!(read(&short), Err(NoAnswer::Malformed));
        let mut long = good;
        long[2..4].copy_from_slice(&4000_u16.to_be_bytes());
        assert_eq!(read(&long), Err(NoAnswer::Malformed));
    }

    #[test]
    fn what_does_not_fit_is_refused_and_not_cut() {
        let build = |user: &str, password: &str, nas: &str| {
            Request::access(1, AUTHENTICATOR, SECRET, user, password, nas).map(|_| ())
        };
        let text = |length: usize| "x".repeat(length);
        assert_eq!(build(&text(253), &text(128), &text(253)), Ok(()));
        assert_eq!(build(&text(254), "123456", "warifu"), Err(TooLong));
        assert_eq!(build("nemo", &text(129), "warifu"), Err(TooLong));
        assert_eq!(build("nemo", "123456", &text(254)), Err(TooLong));
    }

    proptest! {
        #[test]
        fn random_bytes_are_never_an_answer(
            mut datagram in prop::collection::vec(any::<u8>(), 0..200),
            tail in any::<bool>(),
        ) {
            let request = request(9);
            if tail && datagram.len() >= HEADER {
                datagram[1] = 9;
                let length = u16::try_from(datagram.len()).unwrap();
                datagram[2..4].copy_from_slice(&length.to_be_bytes());
            }
            prop_assert!(request.read_answer(&datagram, SECRET, false).is_err());
        }

        #[test]
        fn one_changed_bit_is_no_answer(byte in 0_usize..38, bit in 0_u32..8) {
            let request = request(9);
            let mut datagram = answer(&request, 3, &[], true);
            datagram[byte] ^= 1 << bit;
            prop_assert!(request.read_answer(&datagram, SECRET, true).is_err());
        }

        #[test]
        fn a_hidden_password_is_found_again(password in "[ -~]{1,128}") {
            let hidden = hide(password.as_bytes(), SECRET, &AUTHENTICATOR).unwrap();
            prop_assert_eq!(hidden.len() % BLOCK, 0);
            let mut before = AUTHENTICATOR;
            let mut found = Vec::new();
            for block in hidden.chunks(BLOCK) {
                let mask = Md5::new().chain_update(SECRET).chain_update(before).finalize();
                found.extend(block.iter().zip(mask.iter()).map(|(byte, mask)| byte ^ mask));
                before.copy_from_slice(block);
            }
            found.truncate(password.len());
            prop_assert_eq!(found, password.as_bytes());
        }
    }
}
