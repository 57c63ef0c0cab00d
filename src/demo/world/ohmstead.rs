//! Ohmstead: a small maker of things that sound, in Leipzig. Sells through a cart of its own.

use super::{
    AccessPoint, Item, Kind, Mode, Offer, Person, Picture, Provider, Sale, SaleItem, Stage,
};
use crate::demo::pictures::Subject;

pub const PROVIDER: Provider = Provider {
    slug: "ohmstead",
    name: "Ohmstead",
    country: "DE",
    product_category: "Audio and electronics",
    about: "We build radios, headphones and turntables in a former piano factory in Leipzig: few models, made to be opened, repaired and handed \
            on. Every screw is a screw you have the driver for, and every part can be ordered for at least twenty years.",
    support_email: "service@ohmstead.example",
    support_phone: "+49 30 23125 127",
    support_url: "https://ohmstead.example/service",
    registration_number: "HRB 55 512, Leipzig",
    references: "Supplier of listening stations to two city libraries since 2019; trade references on request.",
    regions: &["AT", "BE", "CH", "DE", "DK", "FR", "IT", "LU", "NL", "PL", "SE"],
    has_cart: true,
    accent: "#a34f24",
    team: &[
        Person { role: "owner", name: "Friederike Lohse", email: "owner@ohmstead.example" },
        Person { role: "editor", name: "Anton Petrenz", email: "editor@ohmstead.example" },
        Person { role: "fulfilment", name: "Selma Yıldız", email: "fulfilment@ohmstead.example" },
        Person { role: "analyst", name: "Kaspar Ohl", email: "analyst@ohmstead.example" },
        Person { role: "cashier", name: "Jule Winkler", email: "cashier@ohmstead.example" },
    ],
    offers: &[RADIO, HEADPHONES, TURNTABLE],
    sales: &[RADIO_SALE, HEADPHONES_SALE, TURNTABLE_SALE],
};

const TERMS: &str = "You buy from Ohmstead GmbH, in our own shop; our prices include German VAT. We ship from Leipzig within two working days, with a \
    tracking link.\n\n\
    Try it at home for 30 days. If you would rather not keep it, send it back in its box at our cost and you get all of your money back.\n\n\
    We guarantee everything we make for five years, and repair it for as long as we can get the parts, which is our job.";

const RADIO: Offer = Offer {
    key: "radio",
    title: "Ohmstead One table radio",
    summary: "One good speaker in one solid wooden box. FM, DAB+ and your own music, behind two knobs and a dial that glows.",
    description: "We wanted a radio that is on before you have sat down. Turn the left knob and it plays; turn it further and it plays louder. \
        The right one finds the station. That is the whole manual.\n\n\
        Behind the perforated front works a single broadband speaker of 13 cm, in a cabinet of solid wood with mitred corners and no \
        hollow laminate anywhere. It is tuned for voices at low volume, early in the morning, and it surprises people with a string quartet.\n\n\
        Inside are receivers for FM and DAB+, Bluetooth for your telephone and one socket on the back for anything with a plug. There is no \
        account, no app and no microphone. The dial is lit by two lamps that you can change yourself.\n\n\
        Four screws open it. The drawings are printed on the inside of the back.",
    terms: TERMS,
    currency: "EUR",
    items: &[
        Item {
            sku: "OS-ONE-WALNUT",
            name: "Walnut and cream",
            attributes: &[("Cabinet", "Walnut, oiled"), ("Front", "Cream")],
            price_minor: 34_900,
            compare_at_minor: Some(37_900),
        },
        Item {
            sku: "OS-ONE-OAK",
            name: "Oak and sage",
            attributes: &[("Cabinet", "Oak, soaped"), ("Front", "Pale sage, brass knobs")],
            price_minor: 34_900,
            compare_at_minor: Some(37_900),
        },
        Item {
            sku: "OS-ONE-NIGHT",
            name: "Night",
            attributes: &[("Cabinet", "Smoked oak"), ("Front", "Graphite, amber dial")],
            price_minor: 36_900,
            compare_at_minor: Some(39_900),
        },
    ],
    pictures: &[
        Picture {
            filename: "ohmstead-one-walnut.jpg",
            subject: Subject::Radio,
            variant: 0,
            alt: "A table radio with a walnut case and a cream front, a round perforated speaker, a dial and two metal knobs, on an oak board",
        },
        Picture {
            filename: "ohmstead-one-oak.jpg",
            subject: Subject::Radio,
            variant: 1,
            alt: "The dial and the two brass knobs of the oak and sage radio from near",
        },
        Picture {
            filename: "ohmstead-one-night.jpg",
            subject: Subject::Radio,
            variant: 2,
            alt: "The radio in smoked oak and graphite, its amber dial lit, in front of a terracotta wall",
        },
    ],
};

const HEADPHONES: Offer = Offer {
    key: "headphones",
    title: "Stille headphones with stand",
    summary: "Closed headphones for long evenings: light, quiet, mended in minutes. With a turned wooden stand.",
    description: "A good pair of headphones disappears after ten minutes. Stille weighs 238 grams, sits on a band of vegetable-tanned leather, and \
        presses just enough not to slip when you bend for the kettle.\n\n\
        The drivers are 40 mm of coated paper, made for us in Saxony. They are honest rather than exciting: a voice is where the singer stood, a \
        double bass has wood in it, and after three hours nothing rings in your ears.\n\n\
        The cushions click off, the cable unplugs at both ends, the band is held by two screws. All of it can be ordered as parts. The stand is \
        turned from an offcut of our radio cabinets, and yours will have a grain that nobody else's has.",
    terms: TERMS,
    currency: "EUR",
    items: &[
        Item {
            sku: "OS-STILLE-SAGE",
            name: "Sage and oak",
            attributes: &[("Shell", "Pale sage"), ("Stand", "Oak")],
            price_minor: 27_900,
            compare_at_minor: None,
        },
        Item {
            sku: "OS-STILLE-GRAPHITE",
            name: "Graphite and smoked oak",
            attributes: &[("Shell", "Graphite"), ("Stand", "Smoked oak")],
            price_minor: 27_900,
            compare_at_minor: None,
        },
        Item {
            sku: "OS-STILLE-CREAM",
            name: "Cream and walnut",
            attributes: &[("Shell", "Cream"), ("Stand", "Walnut")],
            price_minor: 27_900,
            compare_at_minor: None,
        },
    ],
    pictures: &[
        Picture {
            filename: "stille-sage.jpg",
            subject: Subject::Headphones,
            variant: 0,
            alt: "Headphones with pale sage shells and a leather band hanging on a turned oak stand in front of a grey-green wall",
        },
        Picture {
            filename: "stille-graphite.jpg",
            subject: Subject::Headphones,
            variant: 1,
            alt: "Graphite headphones on a smoked-oak stand from near: soft cushions, wooden caps, stitched leather",
        },
        Picture {
            filename: "stille-cream.jpg",
            subject: Subject::Headphones,
            variant: 2,
            alt: "Cream-coloured headphones on a walnut stand on a wooden board",
        },
    ],
};

const TURNTABLE: Offer = Offer {
    key: "turntable",
    title: "Kreisel turntable",
    summary: "A belt-driven turntable with nothing to set up: unpack, put the platter on, lower the arm.",
    description: "Kreisel is German for a spinning top. It is also the only moving part worth talking about: a platter of 2.4 kilograms, turned and \
        balanced in our own workshop, which runs on a single polished steel ball and keeps its speed like a planet.\n\n\
        We set the arm and the needle at the bench and lock them, so that you can start with a record rather than with a protractor. If you \
        like protractors, two screws give you back every freedom.\n\n\
        It switches between 33 and 45 turns by itself when you lift the label adapter. A phono stage is built in and can be switched off.",
    terms: TERMS,
    currency: "EUR",
    items: &[
        Item {
            sku: "OS-KREISEL-WALNUT",
            name: "Walnut and cream",
            attributes: &[("Plinth", "Walnut"), ("Deck", "Cream")],
            price_minor: 54_900,
            compare_at_minor: None,
        },
        Item {
            sku: "OS-KREISEL-NIGHT",
            name: "Night",
            attributes: &[("Plinth", "Smoked oak"), ("Deck", "Graphite")],
            price_minor: 56_900,
            compare_at_minor: None,
        },
    ],
    pictures: &[
        Picture {
            filename: "kreisel-walnut.jpg",
            subject: Subject::Turntable,
            variant: 0,
            alt: "A walnut turntable from above with a record playing, and a record sleeve with hills and an orange sun beside it",
        },
        Picture {
            filename: "kreisel-needle.jpg",
            subject: Subject::Turntable,
            variant: 1,
            alt: "The arm and the needle of the turntable from near, light fanning out over the grooves of the record",
        },
        Picture {
            filename: "kreisel-night.jpg",
            subject: Subject::Turntable,
            variant: 2,
            alt: "The turntable in graphite and smoked oak from above, on a terracotta-coloured table",
        },
    ],
};

const RADIO_SALE: Sale = Sale {
    slug: "ohmstead-one",
    offer: "radio",
    mode: Mode::Redirect,
    kind: Kind::WhileSuppliesLast,
    stage: Stage::Approved,
    starts_in_minutes: -170,
    ends_in_minutes: 2 * 24 * 60,
    hold_seconds: 600,
    registration: None,
    countries: &["AT", "BE", "DE", "DK", "FR", "LU", "NL"],
    featured: false,
    note: "150 radios in the warehouse. The cart knows the sale's prices and reports each purchase.",
    items: &[
        SaleItem { sku: "OS-ONE-WALNUT", price_minor: 24_900, capacity: 70, limit_per_shopper: 2 },
        SaleItem { sku: "OS-ONE-OAK", price_minor: 24_900, capacity: 50, limit_per_shopper: 2 },
        SaleItem { sku: "OS-ONE-NIGHT", price_minor: 26_500, capacity: 30, limit_per_shopper: 2 },
    ],
    access_points: &[
        AccessPoint { placement: "social", name: "Four screws open it" },
        AccessPoint { placement: "sidebar", name: "Design weekly, banner" },
        AccessPoint { placement: "newsletter", name: "Workshop notes, November" },
    ],
};

const HEADPHONES_SALE: Sale = Sale {
    slug: "stille-headphones",
    offer: "headphones",
    mode: Mode::Redirect,
    kind: Kind::WhileSuppliesLast,
    stage: Stage::Submitted,
    starts_in_minutes: 5 * 24 * 60,
    ends_in_minutes: 6 * 24 * 60,
    hold_seconds: 600,
    registration: None,
    countries: &["AT", "DE", "FR", "NL"],
    featured: false,
    note: "Ninety pairs, stands included. New pictures in all three colours; the price is below that of any earlier sale.",
    items: &[
        SaleItem { sku: "OS-STILLE-SAGE", price_minor: 19_900, capacity: 30, limit_per_shopper: 1 },
        SaleItem {
            sku: "OS-STILLE-GRAPHITE",
            price_minor: 19_900,
            capacity: 30,
            limit_per_shopper: 1,
        },
        SaleItem {
            sku: "OS-STILLE-CREAM",
            price_minor: 19_900,
            capacity: 30,
            limit_per_shopper: 1,
        },
    ],
    access_points: &[],
};

const TURNTABLE_SALE: Sale = Sale {
    slug: "kreisel-turntable",
    offer: "turntable",
    mode: Mode::Hosted,
    kind: Kind::Aggregated { target: 30, ship_days: (28, 42) },
    stage: Stage::Approved,
    starts_in_minutes: -80,
    ends_in_minutes: 5 * 24 * 60,
    hold_seconds: 600,
    registration: None,
    countries: &["AT", "DE"],
    featured: false,
    note: "Made to order: the workshop turns nine platters a week, so that 45 are the most we can promise in six weeks.",
    items: &[
        SaleItem {
            sku: "OS-KREISEL-WALNUT",
            price_minor: 41_900,
            capacity: 25,
            limit_per_shopper: 1,
        },
        SaleItem {
            sku: "OS-KREISEL-NIGHT",
            price_minor: 43_900,
            capacity: 20,
            limit_per_shopper: 1,
        },
    ],
    access_points: &[],
};
