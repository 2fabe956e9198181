//! Who is in the demonstration. Every situation that the procedure knows is somebody's.

use warifu_core::domain::StaffRole;

/// A contract of the demonstration.
pub(super) struct DemoContract {
    pub(super) number: &'static str,
    pub(super) name: &'static str,
    pub(super) edition: &'static str,
    pub(super) registered_address: &'static str,
    pub(super) people: &'static [Person],
}

/// A user of the demonstration.
pub(super) struct Person {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) rights: Rights,
    pub(super) card: Card,
    pub(super) certificate: Certificate,
    pub(super) disabled: bool,
    /// What the account is for, in Japanese and English, where visitors are shown it.
    pub(super) role: Option<(&'static str, &'static str)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Rights {
    None,
    Reissue,
    Administrator,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Card {
    Yes,
    No,
}

#[derive(Clone, Copy)]
pub(super) enum Certificate {
    None,
    EndsInDays(u32),
    EndedDaysAgo(u32),
}

use Certificate::{EndedDaysAgo, EndsInDays};

/// Somebody without rights who is there to be found in lists.
const fn staff(id: &'static str, name: &'static str, certificate: Certificate) -> Person {
    Person {
        id,
        name,
        rights: Rights::None,
        card: Card::No,
        certificate,
        disabled: false,
        role: None,
    }
}

/// A member of the bank's staff.
pub(super) struct Member {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) roles: &'static [StaffRole],
    /// What the account is for, in Japanese and English.
    pub(super) role: (&'static str, &'static str),
}

pub(super) const STAFF: &[Member] = &[
    Member {
        id: "maker1",
        name: "事務 一子",
        roles: &[StaffRole::Maker],
        role: (
            "受付担当(登録、通知書の印刷)",
            "Clerk who registers requests and prints notices",
        ),
    },
    Member {
        id: "checker1",
        name: "事務 二郎",
        roles: &[StaffRole::Maker, StaffRole::Checker],
        role: (
            "承認担当(受付もできます)",
            "Clerk who decides on requests, and may register others",
        ),
    },
    Member {
        id: "auditor1",
        name: "監査 三葉",
        roles: &[StaffRole::Auditor],
        role: ("監査担当(閲覧のみ)", "Auditor, who reads everything"),
    },
];

pub(super) const CONTRACTS: &[DemoContract] = &[
    DemoContract {
        number: "1234567890",
        name: "株式会社サンプル",
        edition: "standard",
        registered_address: "〒100-0000 東京都千代田区見本町1-2-3",
        people: &[
            Person {
                rights: Rights::Administrator,
                card: Card::Yes,
                role: Some((
                    "サービス管理責任者(電子証明書は有効)",
                    "Service administrator with a valid certificate",
                )),
                ..staff("admin01", "山田 太郎", EndsInDays(200))
            },
            Person {
                rights: Rights::Administrator,
                card: Card::Yes,
                role: Some((
                    "サービス管理責任者(電子証明書の期限切れが近い)",
                    "Service administrator whose certificate is about to expire",
                )),
                ..staff("admin02", "佐藤 花子", EndsInDays(10))
            },
            Person {
                card: Card::Yes,
                role: Some(("再発行の権限がない利用者", "User without the reissue right")),
                ..staff("user01", "鈴木 一郎", EndsInDays(120))
            },
            Person {
                rights: Rights::Reissue,
                card: Card::Yes,
                role: Some((
                    "再発行の権限がある利用者(電子証明書は期限切れ)",
                    "User with the reissue right whose certificate has expired",
                )),
                ..staff("user02", "高橋 美咲", EndedDaysAgo(5))
            },
            staff("user03", "田中 健", EndsInDays(300)),
            staff("user04", "伊藤 さくら", EndedDaysAgo(40)),
            staff("user05", "渡辺 大輔", Certificate::None),
            staff("user06", "山本 葵", EndsInDays(20)),
            staff("user07", "中村 翔太", EndsInDays(77)),
            Person {
                disabled: true,
                ..staff("user08", "小林 結衣", EndsInDays(150))
            },
            staff("user09", "加藤 誠", EndedDaysAgo(1)),
            staff("user10", "吉田 陽子", EndsInDays(3)),
            staff("user11", "山口 直樹", EndsInDays(211)),
            staff("user12", "松本 恵", Certificate::None),
            staff("user13", "井上 拓也", EndsInDays(340)),
            staff("user14", "木村 真由美", EndsInDays(28)),
            staff("user15", "林 浩二", EndedDaysAgo(200)),
            staff("user16", "斎藤 優子", EndsInDays(95)),
            staff("user17", "清水 亮", EndsInDays(181)),
            staff("user18", "山崎 久美子", EndsInDays(14)),
            staff("user19", "森 隆", Certificate::None),
            staff("user20", "阿部 由紀", EndsInDays(260)),
            staff("user21", "池田 剛", EndsInDays(365)),
            staff("user22", "橋本 里奈", EndedDaysAgo(12)),
            staff("user23", "石川 修", EndsInDays(60)),
            Person {
                disabled: true,
                ..staff("user24", "前田 明美", Certificate::None)
            },
            staff("user25", "藤田 和也", EndsInDays(133)),
            staff("user26", "後藤 千尋", EndsInDays(45)),
            staff("user27", "Alexandra Montgomery-Fitzgerald", EndsInDays(9)),
        ],
    },
    DemoContract {
        number: "2345678901",
        name: "有限会社みほん商店",
        edition: "light",
        registered_address: "〒530-0000 大阪府大阪市北区見本1-1",
        people: &[
            Person {
                rights: Rights::Administrator,
                card: Card::Yes,
                role: Some((
                    "別のご契約のサービス管理責任者",
                    "Service administrator of another contract",
                )),
                ..staff("admin01", "岡田 実", EndedDaysAgo(2))
            },
            staff("user01", "近藤 幸子", EndsInDays(30)),
        ],
    },
    // Nobody here can help: the administrator has neither a valid certificate nor a card.
    DemoContract {
        number: "3456789012",
        name: "合同会社ひながた",
        edition: "light",
        registered_address: "〒460-0000 愛知県名古屋市中区見本2-2",
        people: &[
            Person {
                rights: Rights::Administrator,
                role: Some((
                    "書面でしか手続きできないご契約のサービス管理責任者(期限切れ、カードなし)",
                    "Service administrator of a contract that only paper helps (expired, no card)",
                )),
                ..staff("admin01", "長谷川 望", EndedDaysAgo(3))
            },
            staff("user01", "村上 蓮", EndedDaysAgo(1)),
        ],
    },
];
