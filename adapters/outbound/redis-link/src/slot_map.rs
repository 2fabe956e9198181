//! Reads what a node of a Cluster tells about all of them.

use crate::address::Address;
use crate::slot::SLOTS;

/// Which primary serves each slot, put together from what several nodes tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SlotMap {
    /// Primaries that serve slots.
    pub(crate) primaries: Vec<Address>,
    /// For each slot, its place among `primaries`.
    owners: Vec<Option<usize>>,
    /// For each slot, how recent the claim to it is.
    epochs: Vec<u64>,
    /// Every node, to ask again.
    pub(crate) known: Vec<Address>,
}

impl SlotMap {
    pub(crate) fn new() -> Self {
        Self {
            primaries: Vec::new(),
            owners: vec![None; usize::from(SLOTS)],
            epochs: vec![0; usize::from(SLOTS)],
            known: Vec::new(),
        }
    }

    pub(crate) fn owner(&self, slot: u16) -> Option<&Address> {
        let place = (*self.owners.get(usize::from(slot))?)?;
        self.primaries.get(place)
    }

    /// Gives `slot` to `to`, because the node that had it says so.
    pub(crate) fn moved(&mut self, slot: u16, to: Address) {
        let epoch = self
            .epochs
            .get(usize::from(slot))
            .copied()
            .unwrap_or_default();
        let place = self.place(to);
        self.claim(usize::from(slot), place, epoch);
    }

    /// Adds the answer of `asked` to `CLUSTER NODES`. Of two claims to a slot, the one of the
    /// later configuration epoch holds.
    pub(crate) fn learn(&mut self, answer: &str, asked: &Address) {
        for line in answer.lines() {
            let mut fields = line.split_ascii_whitespace();
            let (Some(endpoint), Some(flags)) = (fields.nth(1), fields.next()) else {
                continue;
            };
            let flags: Vec<&str> = flags.split(',').collect();
            let unusable = |flag: &&str| matches!(*flag, "noaddr" | "handshake");
            let Some(address) = address_of(endpoint, asked) else {
                continue;
            };
            if flags.iter().any(unusable) {
                continue;
            }
            if !self.known.contains(&address) {
                self.known.push(address.clone());
            }
            let epoch: u64 = fields
                .nth(3)
                .and_then(|text| text.parse().ok())
                .unwrap_or_default();
            if !flags.contains(&"master") {
                continue;
            }
            // The link state stands before the slots; a slot that moves stands in brackets.
            for range in fields.skip(1).filter(|range| !range.starts_with('[')) {
                let (first, last) = range.split_once('-').unwrap_or((range, range));
                let (Ok(first), Ok(last)) = (first.parse::<usize>(), last.parse::<usize>()) else {
                    continue;
                };
                let place = self.place(address.clone());
                for slot in first..=last.min(usize::from(SLOTS) - 1) {
                    self.claim(slot, place, epoch);
                }
            }
        }
    }

    /// Whether every slot is served.
    pub(crate) fn is_complete(&self) -> bool {
        self.owners.iter().all(Option::is_some)
    }

    fn place(&mut self, address: Address) -> usize {
        let found = self.primaries.iter().position(|known| *known == address);
        found.unwrap_or_else(|| {
            self.primaries.push(address);
            self.primaries.len() - 1
        })
    }

    fn claim(&mut self, slot: usize, place: usize, epoch: u64) {
        let (Some(owner), Some(known)) = (self.owners.get_mut(slot), self.epochs.get_mut(slot))
        else {
            return;
        };
        if owner.is_none() || epoch >= *known {
            *owner = Some(place);
            *known = epoch;
        }
    }

    /// The primaries that really serve a slot, each with one of its slots.
    pub(crate) fn serving(&self) -> Vec<(&Address, u16)> {
        let mut serving: Vec<(&Address, u16)> = Vec::new();
        for (slot, place) in (0u16..).zip(&self.owners) {
            let Some(address) = place.and_then(|place| self.primaries.get(place)) else {
                continue;
            };
            if !serving.iter().any(|(known, _)| *known == address) {
                serving.push((address, slot));
            }
        }
        serving
    }
}

/// Reads `ip:port@bus,hostname`. A node announces a host name where certificates need one.
fn address_of(endpoint: &str, asked: &Address) -> Option<Address> {
    let (endpoint, extra) = endpoint.split_once(',').unwrap_or((endpoint, ""));
    let (address, _) = endpoint.split_once('@').unwrap_or((endpoint, ""));
    let (ip, port) = address.rsplit_once(':')?;
    let port: u16 = port.parse().ok().filter(|port| *port != 0)?;
    let name = extra
        .split(',')
        .next()
        .filter(|name| !name.is_empty() && !name.contains('='));
    let host = match (name, ip) {
        (Some(name), _) => name,
        // A node that was never told its own address.
        (None, "") => &asked.host,
        (None, ip) => ip,
    };
    Some(Address::new(host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = "\
aa 127.0.0.1:7000@17000 myself,master - 0 0 1 connected 0-5460
bb 127.0.0.1:7001@17001 master - 0 1 2 connected 5461-10922 [93-<-aa]
cc 127.0.0.1:7002@17002 master,fail - 0 1 3 disconnected 10923-16383
dd 127.0.0.1:7003@17003 slave cc 0 1 3 connected
ee :0@0 master,noaddr - 0 1 0 disconnected
";

    fn asked() -> Address {
        Address::new("127.0.0.1", 7000)
    }

    #[test]
    fn slots_are_found_with_their_primaries() {
        let mut map = SlotMap::new();
        map.learn(ANSWER, &asked());
        assert!(map.is_complete());
        assert_eq!(map.owner(0).unwrap().port, 7000);
        assert_eq!(map.owner(5461).unwrap().port, 7001);
        assert_eq!(map.owner(16_383).unwrap().port, 7002);
        assert_eq!(map.known.len(), 4);
    }

    #[test]
    fn the_later_epoch_holds_whoever_is_asked_first() {
        let promoted = "\
cc 127.0.0.1:7002@17002 master,fail - 0 1 3 disconnected
dd 127.0.0.1:7003@17003 master - 0 1 9 connected 10923-16383
";
        for answers in [[ANSWER, promoted], [promoted, ANSWER]] {
            let mut map = SlotMap::new();
            for answer in answers {
                map.learn(answer, &asked());
            }
            assert_eq!(map.owner(16_383).unwrap().port, 7003);
        }
    }

    #[test]
    fn a_node_without_an_address_is_the_one_asked_and_names_win() {
        let mut map = SlotMap::new();
        map.learn(
            "aa :7000@17000 myself,master - 0 0 1 connected 0-1",
            &asked(),
        );
        assert_eq!(map.owner(1), Some(&asked()));
        map.learn(
            "aa 10.0.0.1:7000@17000,a.bank.example master - 0 0 2 connected 0",
            &asked(),
        );
        assert_eq!(map.owner(0).unwrap().host, "a.bank.example");
    }

    #[test]
    fn a_moved_slot_goes_where_its_former_owner_says() {
        let mut map = SlotMap::new();
        map.learn(ANSWER, &asked());
        map.moved(7, Address::new("127.0.0.1", 7009));
        assert_eq!(map.owner(7).unwrap().port, 7009);
        assert_eq!(map.owner(8).unwrap().port, 7000);
    }
}
