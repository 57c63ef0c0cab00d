//! Slackwater Journeys: slow travel from Sweden to the edges of the north. Sells through SMP's own
//! cart.

use super::{
    AccessPoint, Item, Kind, Mode, Offer, Person, Picture, Provider, Registration, Sale, SaleItem,
    Slot, Stage,
};
use crate::demo::pictures::Subject;

pub const PROVIDER: Provider = Provider {
    slug: "slackwater",
    name: "Slackwater Journeys",
    country: "SE",
    product_category: "Travel",
    about: "Slack water is the short while when the tide has come in and has not yet turned. We plan journeys that feel like it: by train and \
            boat, to few places, for long enough to know the baker. No flights, no groups larger than twelve.",
    support_email: "travel@slackwater.example",
    support_phone: "+46 31 390 06 12",
    support_url: "https://slackwater.example/questions",
    registration_number: "559921-5507",
    references: "Member of the travel guarantee fund (no. 5518). References: the harbour inn at Solvik; the Skerry Trail Trust.",
    regions: &["AT", "BE", "DE", "DK", "FI", "FR", "IE", "NL", "NO", "SE"],
    has_cart: false,
    accent: "#2f5d7c",
    team: &[
        Person { role: "owner", name: "Birgitta Sandell", email: "owner@slackwater.example" },
        Person { role: "editor", name: "Mikael Ågren", email: "editor@slackwater.example" },
        Person { role: "fulfilment", name: "Liv Tangen", email: "fulfilment@slackwater.example" },
        Person { role: "analyst", name: "Rasmus Holt", email: "analyst@slackwater.example" },
        Person { role: "cashier", name: "Signe Bäck", email: "cashier@slackwater.example" },
    ],
    offers: &[LODGE, CABIN, COAST],
    sales: &[CABIN_SALE, LODGE_SALE, COAST_SALE],
};

const TERMS: &str = "The price is for two people sharing and includes everything named in the description. Your travel folder, with tickets, maps and \
    the keys' code, comes by post within five working days.\n\n\
    You choose your dates with us within twelve months of buying. Until 30 days before you leave you may change them once, free of charge; until \
    14 days after buying you may return the journey and get all of your money back.\n\n\
    Should we have to cancel, you get back all you paid. Your money is covered by the travel guarantee fund.";

const DATED_TERMS: &str = "The price is for two people sharing and includes everything named in the description, on the dates you choose when you buy. Your \
    travel folder, with tickets, maps and the keys' code, comes by post a month before you leave.\n\n\
    Until 30 days before you leave you may change the dates once, free of charge, if others are free; until 14 days after buying you may return \
    the journey and get all of your money back.\n\n\
    Should we have to cancel, you get back all you paid. Your money is covered by the travel guarantee fund.";

const LODGE: Offer = Offer {
    key: "lodge",
    title: "Seven nights at Ravnsholm Lodge",
    summary: "A timber lodge alone on an island of pines, reached by train and a boat that comes twice a day. Seven nights for two, with supper.",
    description: "The boat puts you ashore at about four. Somebody has lit the lantern at the end of the jetty, and somebody has lit the stove; the \
        rest of the island, all eleven hectares, is pines, granite and yours.\n\n\
        Ravnsholm was built in 1931 as a pilots' station. Its six rooms look west over the water. There is a library that smells of tar, a \
        sauna on the rocks, two rowing boats and a rule that telephones stay in the drawer by the door until after supper.\n\n\
        Supper is at seven, at one long table: what the boat brought, what the garden gave, and bread baked that afternoon. Breakfast waits in \
        a basket outside your door whenever you open it. On the days between there is nothing on the programme, because there is none.\n\n\
        Included: seven nights for two, breakfast and supper, the boat both ways, the train from Gothenburg or Hamburg in second class with \
        seats by the window, and a travel folder that tells you where to look out of it.",
    terms: DATED_TERMS,
    currency: "EUR",
    items: &[
        Item {
            sku: "SW-LODGE-LOFT",
            name: "Loft room for two",
            attributes: &[("Nights", "7"), ("Room", "Under the roof, west window")],
            price_minor: 189_000,
            compare_at_minor: Some(214_000),
        },
        Item {
            sku: "SW-LODGE-BOATHOUSE",
            name: "Boathouse for two",
            attributes: &[("Nights", "7"), ("Room", "On the water, own stove")],
            price_minor: 238_000,
            compare_at_minor: Some(269_000),
        },
    ],
    pictures: &[
        Picture {
            filename: "ravnsholm-dusk.jpg",
            subject: Subject::Lodge,
            variant: 0,
            alt: "A timber lodge with lit windows among pines on an island at dusk, mirrored in still water, a low sun to the left",
        },
        Picture {
            filename: "ravnsholm-blue-hour.jpg",
            subject: Subject::Lodge,
            variant: 1,
            alt: "The lodge in the blue hour, its tall window glowing, a lantern at the end of the jetty and a faint green light in the sky",
        },
        Picture {
            filename: "ravnsholm-white-night.jpg",
            subject: Subject::Lodge,
            variant: 2,
            alt: "The same island in the pale gold of a white night, a rowing boat lying at the jetty",
        },
    ],
};

const CABIN: Offer = Offer {
    key: "cabin",
    title: "Five quiet days at Tarn Cabin",
    summary: "One cabin, one lake, one mountain. Five days for two at the end of a valley railway, with a pantry for all of them.",
    description: "The valley railway ends where the road does, and from there it is forty minutes on foot along the lake. Your bags go by rowing \
        boat. When you come round the last spruces the cabin is there, with its door open and its chimney smoking, and nobody in it.\n\n\
        It has one room, a sleeping loft, a stove that burns birch and a window that takes up most of the wall to the lake. There is no mains \
        power: lamps run from the sun, water comes from the spring, and the mountain does the rest.\n\n\
        The pantry is stocked for five days by the farm across the water: eggs, butter, flour, smoked trout, apples, coffee, and a bottle of \
        something made from cloudberries. Swim before breakfast if you dare. In autumn the birches turn, and after the first snow we leave \
        skis by the door.\n\n\
        Included: four nights for two, the stocked pantry, firewood, luggage by boat, and the train from Oslo and back.",
    terms: TERMS,
    currency: "EUR",
    items: &[
        Item {
            sku: "SW-CABIN-SUMMER",
            name: "Summer, June to August",
            attributes: &[("Nights", "4"), ("Season", "Light nights, swimming")],
            price_minor: 98_000,
            compare_at_minor: Some(112_000),
        },
        Item {
            sku: "SW-CABIN-AUTUMN",
            name: "Autumn, September and October",
            attributes: &[("Nights", "4"), ("Season", "Birches, first stars")],
            price_minor: 89_000,
            compare_at_minor: Some(102_000),
        },
        Item {
            sku: "SW-CABIN-SNOW",
            name: "First snow, November",
            attributes: &[("Nights", "4"), ("Season", "Skis and stove")],
            price_minor: 84_000,
            compare_at_minor: Some(96_000),
        },
    ],
    pictures: &[
        Picture {
            filename: "tarn-cabin-morning.jpg",
            subject: Subject::Cabin,
            variant: 0,
            alt: "A small timber cabin at a mountain lake in the early morning, snow on the peaks and mist over the water",
        },
        Picture {
            filename: "tarn-cabin-autumn.jpg",
            subject: Subject::Cabin,
            variant: 1,
            alt: "The cabin in autumn with yellow birches behind it and smoke rising, all mirrored in the lake",
        },
        Picture {
            filename: "tarn-cabin-snow.jpg",
            subject: Subject::Cabin,
            variant: 2,
            alt: "The cabin after the first snow, its roof and the stones on the shore white, its windows lit",
        },
    ],
};

const COAST: Offer = Offer {
    key: "coast",
    title: "The Skerry Path, inn to inn",
    summary: "Eighty kilometres of clifftop footpath in six unhurried days, with your bags carried and a good inn at the end of each.",
    description: "The Skerry Path was worn by the lighthouse keepers' children on their way to school. It follows the edge of the land for eighty \
        kilometres, and at no point can you not hear the sea.\n\n\
        We have cut it into six days of five hours' walking, because the best of it happens when you sit down. Every evening ends at an inn we \
        have slept in ourselves: a harbour-master's house, a bakery, the lighthouse at Nesodd with its two round rooms. Your bags are \
        there before you.\n\n\
        You walk on your own, with our hand-drawn map and a telephone number that is always answered. In May the thrift is in bloom, in \
        September the air is so clear that you can count the islands.\n\n\
        Included: six nights for two with breakfast, luggage carried, maps, the ferry to the first inn and the train from the last.",
    terms: TERMS,
    currency: "EUR",
    items: &[
        Item {
            sku: "SW-COAST-SPRING",
            name: "Spring, April to June",
            attributes: &[("Nights", "6"), ("Walking", "80 km, moderate")],
            price_minor: 124_000,
            compare_at_minor: Some(139_000),
        },
        Item {
            sku: "SW-COAST-AUTUMN",
            name: "Autumn, September",
            attributes: &[("Nights", "6"), ("Walking", "80 km, moderate")],
            price_minor: 118_000,
            compare_at_minor: Some(132_000),
        },
    ],
    pictures: &[
        Picture {
            filename: "skerry-path-day.jpg",
            subject: Subject::CoastalPath,
            variant: 0,
            alt: "A footpath winds over green cliffs with pink thrift towards a lighthouse on a far headland, the sea wide and blue",
        },
        Picture {
            filename: "skerry-path-evening.jpg",
            subject: Subject::CoastalPath,
            variant: 1,
            alt: "The same path in the evening, the sun low over a violet sea",
        },
        Picture {
            filename: "skerry-path-mist.jpg",
            subject: Subject::CoastalPath,
            variant: 2,
            alt: "The path in morning mist, the headlands one paler than the other, three gulls above the water",
        },
    ],
};

const CABIN_SALE: Sale = Sale {
    slug: "five-quiet-days-at-tarn-cabin",
    offer: "cabin",
    mode: Mode::Hosted,
    kind: Kind::WhileSuppliesLast,
    stage: Stage::Approved,
    starts_in_minutes: -40,
    ends_in_minutes: 26 * 60,
    hold_seconds: 900,
    registration: None,
    countries: &[],
    featured: false,
    note: "The weeks are blocked in the calendar; the farm has confirmed the pantry.",
    items: &[
        SaleItem {
            sku: "SW-CABIN-SUMMER",
            price_minor: 74_000,
            capacity: 10,
            limit_per_shopper: 1,
        },
        SaleItem {
            sku: "SW-CABIN-AUTUMN",
            price_minor: 64_000,
            capacity: 12,
            limit_per_shopper: 1,
        },
        SaleItem { sku: "SW-CABIN-SNOW", price_minor: 59_000, capacity: 8, limit_per_shopper: 1 },
    ],
    access_points: &[
        AccessPoint { placement: "social", name: "Forty minutes on foot" },
        AccessPoint { placement: "newsletter", name: "Tide table, November" },
    ],
};

const LODGE_SALE: Sale = Sale {
    slug: "seven-nights-at-ravnsholm",
    offer: "lodge",
    mode: Mode::Hosted,
    kind: Kind::Reservation {
        slots: &[
            Slot { sku: "SW-LODGE-LOFT", starts_in_days: 90, nights: 7, capacity: 7 },
            Slot { sku: "SW-LODGE-LOFT", starts_in_days: 104, nights: 7, capacity: 7 },
            Slot { sku: "SW-LODGE-BOATHOUSE", starts_in_days: 90, nights: 7, capacity: 3 },
            Slot { sku: "SW-LODGE-BOATHOUSE", starts_in_days: 104, nights: 7, capacity: 3 },
        ],
    },
    stage: Stage::Approved,
    starts_in_minutes: 2 * 24 * 60 - 75,
    ends_in_minutes: 3 * 24 * 60,
    hold_seconds: 900,
    registration: Some(Registration {
        opens_in_minutes: -3 * 24 * 60,
        closes_in_minutes: 2 * 24 * 60 - 135,
        only: true,
    }),
    countries: &[],
    featured: false,
    note: "Twenty weeks held for this sale by the lodge, written confirmation attached to our contract.",
    items: &[
        SaleItem { sku: "SW-LODGE-LOFT", price_minor: 139_000, capacity: 14, limit_per_shopper: 1 },
        SaleItem {
            sku: "SW-LODGE-BOATHOUSE",
            price_minor: 179_000,
            capacity: 6,
            limit_per_shopper: 1,
        },
    ],
    access_points: &[
        AccessPoint { placement: "landing", name: "The boat comes twice a day" },
        AccessPoint { placement: "newsletter", name: "Tide table, November" },
    ],
};

const COAST_SALE: Sale = Sale {
    slug: "the-skerry-path",
    offer: "coast",
    mode: Mode::Hosted,
    kind: Kind::WhileSuppliesLast,
    stage: Stage::Approved,
    starts_in_minutes: -4 * 24 * 60,
    ends_in_minutes: -2 * 24 * 60,
    hold_seconds: 900,
    registration: None,
    countries: &[],
    featured: false,
    note: "Inns and luggage are confirmed for every week of both seasons.",
    items: &[
        SaleItem {
            sku: "SW-COAST-SPRING",
            price_minor: 92_000,
            capacity: 16,
            limit_per_shopper: 1,
        },
        SaleItem {
            sku: "SW-COAST-AUTUMN",
            price_minor: 86_000,
            capacity: 12,
            limit_per_shopper: 1,
        },
    ],
    access_points: &[AccessPoint { placement: "social", name: "You can always hear the sea" }],
};
