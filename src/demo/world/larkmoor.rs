//! Larkmoor Stoneware: a pottery of four on the Irish west coast. Sells through SMP's own cart.

use super::{
    AccessPoint, Item, Kind, Mode, Offer, Person, Picture, Provider, Sale, SaleItem, Stage,
};
use crate::demo::pictures::Subject;

pub const PROVIDER: Provider = Provider {
    slug: "larkmoor",
    name: "Larkmoor Stoneware",
    country: "IE",
    product_category: "Ceramics and tableware",
    about: "Four potters, two wheels and one very large kiln in an old creamery on the west coast of Ireland. We throw tableware by hand, \
            in small batches, from clay we mix ourselves, and fire it once a fortnight.",
    support_email: "hello@larkmoor.example",
    support_phone: "+353 20 912 0142",
    support_url: "https://larkmoor.example/help",
    registration_number: "IE 618204",
    references: "Stocked since 2017 by two craft shops in Galway and Utrecht and a restaurant in Copenhagen; all three confirm delivery on time.",
    regions: &["AT", "BE", "DE", "DK", "ES", "FI", "FR", "IE", "IT", "LU", "NL", "PT", "SE"],
    has_cart: false,
    accent: "#3f6b5c",
    team: &[
        Person { role: "owner", name: "Gráinne Tierney", email: "owner@larkmoor.example" },
        Person { role: "editor", name: "Cormac Hale", email: "editor@larkmoor.example" },
        Person { role: "fulfilment", name: "Dervla Quirke", email: "fulfilment@larkmoor.example" },
        Person { role: "analyst", name: "Oisín Marren", email: "analyst@larkmoor.example" },
        Person { role: "cashier", name: "Síle Ruane", email: "cashier@larkmoor.example" },
    ],
    offers: &[BOWLS, TEAPOT, VASE, WHEEL],
    sales: &[BOWLS_SALE, TEAPOT_SALE, VASE_SALE, WHEEL_SALE],
};

const TERMS: &str = "Every piece is thrown by hand: sizes vary by a few millimetres, and no two glazes run alike. That is not a fault.\n\n\
    We pack in recycled card and post within three working days of your order. If something arrives broken, send us a picture within \
    14 days and we replace it or give you your money back, whichever you prefer.\n\n\
    You may return unused pieces within 30 days. The cost of sending them back is ours.";

const BOWLS: Offer = Offer {
    key: "bowls",
    title: "Moorland nesting bowls, set of three",
    summary: "Three hand-thrown stoneware bowls that stand in one another, glazed in the colours of the bog in spring. From our autumn firing, while it lasts.",
    description: "Soup on Tuesday, salad for four on Friday, proving dough on Sunday: these are the three bowls we reach for at home, made as a \
        family so that they take up the room of one. The largest holds 1.6 litres, the middle one 1.1, the smallest 0.7.\n\n\
        Each begins as a ball of our own grogged stoneware, thrown on the wheel in one pull and trimmed by hand the next day. If you run a \
        thumb up the outside you can feel the rings that the potter's fingers left. We leave the foot bare, the colour of toasted oats, and \
        dip the rest, so the glaze breaks in a soft wave that is different on every bowl.\n\n\
        The glaze is matt to the eye and smooth to the spoon. It holds nothing but feldspar, ash and a little iron, which rises through it in \
        fine dark specks. Fired to 1,260 °C, the set is safe in the oven, the microwave and the dishwasher.\n\n\
        One firing gave us two hundred sets, and there will not be another in these colours before next autumn.",
    terms: TERMS,
    currency: "EUR",
    items: &[
        Item {
            sku: "LM-BOWL-OAT",
            name: "Oat and lichen",
            attributes: &[
                ("Glaze", "Oat with one bowl in lichen"),
                ("Diameter", "24, 22 and 20 cm"),
            ],
            price_minor: 12_800,
            compare_at_minor: Some(14_500),
        },
        Item {
            sku: "LM-BOWL-LICHEN",
            name: "All lichen",
            attributes: &[("Glaze", "Lichen green"), ("Diameter", "24, 22 and 20 cm")],
            price_minor: 12_800,
            compare_at_minor: Some(14_500),
        },
        Item {
            sku: "LM-BOWL-SLATE",
            name: "Slate and ember",
            attributes: &[
                ("Glaze", "Slate blue with one bowl in ember"),
                ("Diameter", "24, 22 and 20 cm"),
            ],
            price_minor: 13_600,
            compare_at_minor: Some(15_500),
        },
    ],
    pictures: &[
        Picture {
            filename: "moorland-bowls-stack.jpg",
            subject: Subject::Bowls,
            variant: 0,
            alt: "Three stoneware bowls, oat and lichen green, standing in one another on pale linen beside a pear and a smaller green bowl",
        },
        Picture {
            filename: "moorland-bowl-lichen.jpg",
            subject: Subject::Bowls,
            variant: 1,
            alt: "A wide lichen-green bowl seen from near, its bare clay foot and fine dark specks in window light, with a pear",
        },
        Picture {
            filename: "moorland-bowls-slate.jpg",
            subject: Subject::Bowls,
            variant: 2,
            alt: "Four bowls on linen in front of a rose-coloured wall, two of them slate blue and two ember orange",
        },
    ],
};

const TEAPOT: Offer = Offer {
    key: "teapot",
    title: "Half-light teapot with two cups",
    summary: "A round-bellied pot that pours without a drip, a cane handle that stays cool, and two cups to share it from.",
    description: "It took us eleven tries to get the spout right. The twelfth pours in a clean thread and stops when you stop; we have made it \
        that way ever since, and we test every pot with water before it goes in its box.\n\n\
        The body is thrown thin so that it warms quickly, and the belly is low, which keeps the leaves in the water to the last cup. It holds \
        0.9 litres. Over it bends a handle of split cane, bound by Síle at the bench by the window: it never gets hot, and when it wears, \
        after ten years or so, we bind you a new one for the cost of the postage.\n\n\
        Two cups without handles come with it, 180 ml each, just thick enough to hold with both hands on a cold morning.",
    terms: TERMS,
    currency: "EUR",
    items: &[
        Item {
            sku: "LM-TEA-LICHEN",
            name: "Lichen",
            attributes: &[("Glaze", "Lichen green"), ("Holds", "0.9 l")],
            price_minor: 9_800,
            compare_at_minor: Some(11_200),
        },
        Item {
            sku: "LM-TEA-OAT",
            name: "Oat",
            attributes: &[("Glaze", "Oat"), ("Holds", "0.9 l")],
            price_minor: 9_800,
            compare_at_minor: Some(11_200),
        },
    ],
    pictures: &[
        Picture {
            filename: "half-light-teapot-lichen.jpg",
            subject: Subject::Teapot,
            variant: 0,
            alt: "A green stoneware teapot with an arched cane handle and two filled cups on a linen cloth by a window",
        },
        Picture {
            filename: "half-light-teapot-oat.jpg",
            subject: Subject::Teapot,
            variant: 2,
            alt: "An oat-coloured teapot with a cane handle, a green cup to its left and a pear to its right",
        },
        Picture {
            filename: "half-light-cups.jpg",
            subject: Subject::Teapot,
            variant: 1,
            alt: "Three handleless cups of tea from near, two lichen green and one oat, their bare clay feet showing",
        },
    ],
};

const VASE: Offer = Offer {
    key: "vase",
    title: "Shoulder vase",
    summary: "A vase for few stems: a broad shoulder, a narrow neck, and a glaze that stops where the clay is best.",
    description: "Most vases want an armful of flowers. This one wants three twigs and some air. The neck is narrow enough to hold a single branch \
        where you put it, and the shoulder is heavy enough that it stays standing in a draught.\n\n\
        We throw it in two parts and join them while the clay is still soft; you can find the seam with a fingertip, just below the widest \
        point. The lower third stays bare, burnished with the back of a spoon.\n\n\
        Tall or round, each is glazed inside as well and holds water without sweating.",
    terms: TERMS,
    currency: "EUR",
    items: &[
        Item {
            sku: "LM-VASE-TALL",
            name: "Tall, slate",
            attributes: &[("Glaze", "Slate blue"), ("Height", "31 cm")],
            price_minor: 8_900,
            compare_at_minor: None,
        },
        Item {
            sku: "LM-VASE-ROUND",
            name: "Round, oat",
            attributes: &[("Glaze", "Oat"), ("Height", "21 cm")],
            price_minor: 7_900,
            compare_at_minor: None,
        },
    ],
    pictures: &[
        Picture {
            filename: "shoulder-vase-slate.jpg",
            subject: Subject::Vase,
            variant: 0,
            alt: "A tall slate-blue vase with dried honesty, whose silvery pods throw a shadow on a rose-coloured wall",
        },
        Picture {
            filename: "shoulder-vase-oat.jpg",
            subject: Subject::Vase,
            variant: 1,
            alt: "A round oat-coloured vase with three olive twigs on a linen cloth",
        },
        Picture {
            filename: "shoulder-vase-pair.jpg",
            subject: Subject::Vase,
            variant: 2,
            alt: "Two vases on linen, a round one empty in front and a tall green one with dried grasses behind",
        },
    ],
};

const WHEEL: Offer = Offer {
    key: "wheel",
    title: "An afternoon at the wheel",
    summary: "A voucher for three hours in the old creamery: clay, a wheel, a potter beside you, and two pieces that are yours.",
    description: "You come at one. There is soup, because nobody centres clay on an empty stomach, and then there is a wheel, a bucket and eight kilos of \
        our own stoneware.\n\n\
        Somebody of us sits at the wheel next to yours. By three most people have a cylinder; by four some have a bowl. You choose two pieces, we \
        trim, glaze and fire them, and post them to you with the next kiln.\n\n\
        The voucher is a code. Write to us when you know your day, and bring it along: on paper, on your phone or in your head.",
    terms: "The code comes by email as soon as you have paid and is valid for a year. You agree on the day with us: Thursdays to Saturdays, groups of four at \
        most.\n\n\
        A voucher that is not used may be returned within 30 days of buying.",
    currency: "EUR",
    items: &[
        Item {
            sku: "LM-WHEEL-ONE",
            name: "For one",
            attributes: &[("People", "1"), ("Hours", "3")],
            price_minor: 9_500,
            compare_at_minor: None,
        },
        Item {
            sku: "LM-WHEEL-TWO",
            name: "For two",
            attributes: &[("People", "2"), ("Hours", "3")],
            price_minor: 17_000,
            compare_at_minor: None,
        },
    ],
    pictures: &[
        Picture {
            filename: "wheel-first-pots.jpg",
            subject: Subject::Vase,
            variant: 2,
            alt: "Two vases on linen, a round one in front and a tall green one behind, as guests have made them",
        },
        Picture {
            filename: "wheel-bowls.jpg",
            subject: Subject::Bowls,
            variant: 1,
            alt: "Bowls from the wheel after their firing, standing in one another",
        },
        Picture {
            filename: "wheel-tea.jpg",
            subject: Subject::Teapot,
            variant: 2,
            alt: "An oat-coloured teapot with a cane handle and a cup, set out for a break",
        },
    ],
};

const WHEEL_SALE: Sale = Sale {
    slug: "afternoon-at-the-wheel",
    offer: "wheel",
    mode: Mode::Hosted,
    kind: Kind::Voucher { valid_days: 365 },
    stage: Stage::Approved,
    starts_in_minutes: -50,
    ends_in_minutes: 4 * 24 * 60,
    hold_seconds: 600,
    registration: None,
    countries: &["AT", "BE", "DE", "DK", "FR", "IE", "NL", "SE"],
    featured: false,
    note: "Four wheels, three afternoons a week: 120 places until the vouchers run out.",
    items: &[
        SaleItem { sku: "LM-WHEEL-ONE", price_minor: 7_200, capacity: 80, limit_per_shopper: 4 },
        SaleItem { sku: "LM-WHEEL-TWO", price_minor: 12_900, capacity: 20, limit_per_shopper: 2 },
    ],
    access_points: &[AccessPoint {
        placement: "social",
        name: "Nobody centres clay on an empty stomach",
    }],
};

const BOWLS_SALE: Sale = Sale {
    slug: "moorland-nesting-bowls",
    offer: "bowls",
    mode: Mode::Hosted,
    kind: Kind::WhileSuppliesLast,
    stage: Stage::Approved,
    starts_in_minutes: -95,
    ends_in_minutes: 3 * 24 * 60,
    hold_seconds: 600,
    registration: None,
    countries: &["AT", "BE", "DE", "DK", "FR", "IE", "NL", "SE"],
    featured: true,
    note: "The autumn firing, counted and boxed: 200 sets stand in the drying room.",
    items: &[
        SaleItem { sku: "LM-BOWL-OAT", price_minor: 8_400, capacity: 90, limit_per_shopper: 2 },
        SaleItem { sku: "LM-BOWL-LICHEN", price_minor: 8_400, capacity: 70, limit_per_shopper: 2 },
        SaleItem { sku: "LM-BOWL-SLATE", price_minor: 8_900, capacity: 40, limit_per_shopper: 2 },
    ],
    access_points: &[
        AccessPoint { placement: "social", name: "Kiln opening, short film" },
        AccessPoint { placement: "newsletter", name: "Letter from the creamery, November" },
        AccessPoint { placement: "landing", name: "Autumn firing" },
        AccessPoint { placement: "sidebar", name: "Food magazine, right column" },
    ],
};

const TEAPOT_SALE: Sale = Sale {
    slug: "half-light-teapot",
    offer: "teapot",
    mode: Mode::Hosted,
    kind: Kind::WhileSuppliesLast,
    stage: Stage::Approved,
    starts_in_minutes: 4 * 60 + 20,
    ends_in_minutes: 2 * 24 * 60,
    hold_seconds: 600,
    registration: None,
    countries: &["AT", "BE", "DE", "DK", "FR", "IE", "NL", "SE"],
    featured: false,
    note: "Sixty pots, each tested with water. The cane is bound; the cups are boxed with them.",
    items: &[
        SaleItem { sku: "LM-TEA-LICHEN", price_minor: 6_900, capacity: 36, limit_per_shopper: 1 },
        SaleItem { sku: "LM-TEA-OAT", price_minor: 6_900, capacity: 24, limit_per_shopper: 1 },
    ],
    access_points: &[AccessPoint {
        placement: "newsletter",
        name: "Letter from the creamery, November",
    }],
};

const VASE_SALE: Sale = Sale {
    slug: "shoulder-vase",
    offer: "vase",
    mode: Mode::Hosted,
    kind: Kind::WhileSuppliesLast,
    stage: Stage::Draft,
    starts_in_minutes: 9 * 24 * 60,
    ends_in_minutes: 11 * 24 * 60,
    hold_seconds: 600,
    registration: None,
    countries: &["DE", "FR", "IE", "NL"],
    featured: false,
    note: "",
    items: &[
        SaleItem { sku: "LM-VASE-TALL", price_minor: 6_200, capacity: 30, limit_per_shopper: 2 },
        SaleItem { sku: "LM-VASE-ROUND", price_minor: 5_500, capacity: 30, limit_per_shopper: 2 },
    ],
    access_points: &[],
};
