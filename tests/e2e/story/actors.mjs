// The people of the stories and what they sell. Emails and slugs are new in every run, so that the
// stories can run twice in one world.
const run = Date.now().toString(36);
const password = "four words in a row";

/** @param {string} domain @param {string} mailbox @param {string} name */
const person = (domain, mailbox, name) => ({
  name,
  email: `${mailbox}-${run}@${domain}`,
  password,
});

export const hosted = {
  business: {
    name: "Weberei Halm",
    slug: `weberei-halm-${run}`,
    category: "Home textiles",
    about:
      "A family weaving mill on the Danube. Four looms, wool from the Swabian Alb, since 1931.",
    supportEmail: "hallo@halm.example",
    supportPhone: "+49 731 5550 140",
  },
  owner: person("halm.example", "owner", "Lene Halm"),
  editor: person("halm.example", "editor", "Anton Rieger"),
  fulfilment: person("halm.example", "parcels", "Sevda Acar"),
  shopper: person("shopper.example", "jule", "Jule Hartmann"),
  drawings: [
    {
      name: "straw.jpg",
      motif: "throw",
      ground: "#d9cfbd",
      colours: ["#b98a3e", "#e6d7b0", "#8a5f2b", "#f1e8d2"],
      seed: 3,
    },
    {
      name: "moss.png",
      motif: "throw",
      ground: "#cdd3c4",
      colours: ["#51613f", "#8c9a6c", "#2f3d2c", "#dcdcc2"],
      seed: 8,
    },
    {
      name: "rust-sample.webp",
      motif: "throw",
      ground: "#c9bfb4",
      colours: ["#7a3f2e", "#c98d6b", "#3c2a26", "#ead3c0"],
      seed: 12,
    },
    {
      name: "blurred.png",
      motif: "throw",
      ground: "#b8b8b8",
      colours: ["#777777", "#999999"],
      seed: 5,
    },
    {
      name: "old-logo.jpg",
      motif: "throw",
      ground: "#ffffff",
      colours: ["#222222", "#dddddd"],
      seed: 6,
    },
  ],
  descriptions: {
    "straw.jpg": "A wool throw in straw and amber stripes, spread out",
    "moss.png": "The same throw in moss and lichen greens",
    "rust-sample.webp": "An earlier sample in rust and cream",
  },
  offer: {
    title: "The harvest throw",
    summary: "A heavy lambswool throw, woven in one piece, in two colours of the season.",
    description:
      "Woven on a 1958 dobby loom from the wool of two flocks. It weighs 1.4 kilograms and softens with every winter.",
    terms: "Returns within 30 days, unused. Two years of guarantee on the weave.",
    items: [
      {
        name: "Straw, 130 × 180 cm",
        sku: "HT-STRAW",
        attributes: "Colour: Straw, Size: 130 × 180 cm",
        usual: "119.00",
        before: "129.00",
        price: "89.00",
        capacity: 6,
        limit: 4,
      },
      {
        name: "Moss, 130 × 180 cm",
        sku: "HT-MOSS",
        attributes: "Colour: Moss, Size: 130 × 180 cm",
        usual: "119.00",
        before: "129.00",
        price: "89.00",
        capacity: 12,
        limit: 4,
      },
    ],
  },
  slug: `harvest-throw-${run}`,
};

export const redirect = {
  business: {
    name: "Papierwerk Ried",
    slug: `papierwerk-ried-${run}`,
    category: "Stationery",
    about: "Paper makers and bookbinders by Lake Constance. Marbling by hand, one sheet at a time.",
    supportEmail: "service@ried.example",
    supportPhone: "+49 7541 5550 22",
  },
  owner: person("ried.example", "owner", "Ferdinand Ried"),
  editor: person("ried.example", "editor", "Clara Moll"),
  shopper: person("shopper.example", "oskar", "Oskar Wenzel"),
  drawings: [
    {
      name: "notebooks.jpg",
      motif: "notebook",
      ground: "#d7dde0",
      colours: ["#1f4a5f", "#5d93a8", "#e2e8e4", "#c0843d"],
      seed: 4,
    },
    {
      name: "marbling.webp",
      motif: "notebook",
      ground: "#e4d9cf",
      colours: ["#6d2430", "#c26a5f", "#f0dfd0", "#30323d"],
      seed: 9,
    },
    {
      name: "too-dark.png",
      motif: "notebook",
      ground: "#202020",
      colours: ["#333333", "#444444"],
      seed: 2,
    },
    {
      name: "duplicate.jpg",
      motif: "notebook",
      ground: "#d7dde0",
      colours: ["#1f4a5f", "#5d93a8"],
      seed: 4,
    },
  ],
  descriptions: {
    "notebooks.jpg": "Two notebooks in blue marbled paper, one turned to the side",
    "marbling.webp": "The same notebooks in wine red marbled paper",
  },
  offer: {
    title: "Marbled notebooks",
    summary: "Thread-sewn notebooks in paper marbled by hand. No two are alike.",
    description:
      "Each cover is a single pull from the bath. 192 pages of 100 gram cotton paper, lying flat when open.",
    terms: "Sold and shipped by Papierwerk Ried. Returns within 14 days.",
    items: [
      {
        name: "Lake blue",
        sku: "NB-LAKE",
        attributes: "Colour: Lake blue",
        usual: "32.00",
        before: "34.00",
        price: "24.00",
        capacity: 40,
        limit: 5,
      },
      {
        name: "Wine red",
        sku: "NB-WINE",
        attributes: "Colour: Wine red",
        usual: "32.00",
        before: "34.00",
        price: "24.00",
        capacity: 40,
        limit: 5,
      },
    ],
  },
  slug: `marbled-notebooks-${run}`,
};

/** Of a provider from its lead to its first sale. */
export const vetted = {
  business: {
    name: "Sattlerei Rohr",
    slug: `sattlerei-rohr-${run}`,
    category: "Leather goods",
    about: "Saddlers in Offenbach since 1954. Bags and belts, cut and sewn by hand.",
    supportEmail: "werkstatt@rohr.example",
    supportPhone: "+49 69 5550 310",
  },
  owner: person("rohr.example", "owner", "Jutta Rohr"),
  drawings: [
    {
      name: "satchel.jpg",
      motif: "notebook",
      ground: "#e3d8c8",
      colours: ["#6b3f22", "#a9713f", "#e9d9bf", "#3a2416"],
      seed: 7,
    },
    {
      name: "too-dark.png",
      motif: "notebook",
      ground: "#202020",
      colours: ["#333333", "#444444"],
      seed: 2,
    },
    {
      name: "duplicate.jpg",
      motif: "notebook",
      ground: "#e3d8c8",
      colours: ["#6b3f22", "#a9713f"],
      seed: 7,
    },
  ],
  descriptions: { "satchel.jpg": "A brown leather satchel with a brass buckle" },
  offer: {
    title: "The archive satchel",
    summary: "A satchel of vegetable-tanned hide, sewn by hand with waxed linen.",
    description: "One hide, one saddler, fourteen hours. It takes a folder and a day's post.",
    terms: "Ships within three working days. Returns within 30 days, unused.",
    items: [
      {
        name: "Chestnut",
        sku: "SA-CHESTNUT",
        attributes: "Colour: Chestnut",
        usual: "320.00",
        before: "340.00",
        price: "260.00",
        capacity: 8,
        limit: 2,
      },
    ],
  },
  slug: `archive-satchel-${run}`,
};
