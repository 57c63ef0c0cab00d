//! The world in `tenants/`: complete, fictional, and worth looking at.

use std::{collections::HashSet, path::Path};

use super::*;

fn tenants() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tenants")
}

fn world() -> World {
    World::read(&tenants()).unwrap()
}

#[test]
fn the_world_has_everybody_the_demo_needs() {
    let world = world();
    for role in ["admin", "manager", "marketing", "support", "finance"] {
        world.staff(role).unwrap();
    }
    for provider in &world.providers {
        for role in ["owner", "editor", "fulfilment", "analyst", "cashier"] {
            provider.member(role).unwrap();
        }
    }
    world.own_cart().unwrap();
    let live = |mode: Mode| {
        let mut sales = world.providers.iter().flat_map(|provider| &provider.sales);
        sales.any(|sale| sale.mode == mode && sale.stage == Stage::Approved && sale.is_live())
    };
    assert!(live(Mode::Hosted) && live(Mode::Redirect), "both modes need a live sale");
}

#[test]
fn every_sale_is_below_the_usual_price_and_ships_where_its_provider_does() {
    for provider in &world().providers {
        for sale in &provider.sales {
            assert!(sale.ends_in_minutes > sale.starts_in_minutes, "{}", sale.slug);
            assert!(
                sale.countries.iter().all(|country| provider.profile.regions.contains(country)),
                "{} ships beyond the provider's regions",
                sale.slug
            );
            let offer = provider.offer(&sale.offer).unwrap();
            for item in &sale.items {
                let usual = offer.items.iter().find(|known| known.sku == item.sku).unwrap();
                assert!(item.price_minor < usual.price_minor, "{} is not reduced", item.sku);
            }
        }
    }
}

#[test]
fn emails_and_skus_are_unique_and_no_email_is_real() {
    let world = world();
    let mut seen = HashSet::new();
    let teams = world.providers.iter().flat_map(|provider| &provider.profile.team);
    let emails = teams.chain(&world.people.staff).map(|member| &member.email);
    for email in emails.chain(world.people.shoppers.iter().map(|shopper| &shopper.email)) {
        assert!(email.ends_with(".example"), "{email} could be somebody's");
        assert!(seen.insert(email), "{email} is used twice");
    }
    let offers = world.providers.iter().flat_map(|provider| &provider.offers);
    for item in offers.flat_map(|offer| &offer.items) {
        assert!(seen.insert(&item.sku), "{} is used twice", item.sku);
    }
}

#[test]
fn offers_are_described_in_full() {
    for offer in world().providers.iter().flat_map(|provider| &provider.offers) {
        let key = &offer.key;
        assert!(offer.title.chars().count() <= 140, "the title of {key} is too long");
        assert!(offer.summary.chars().count() <= 300, "the summary of {key} is too long");
        assert!(offer.description.split("\n\n").count() >= 3, "{key} needs three paragraphs");
        assert!(offer.items.len() >= 2 && offer.pictures.len() >= 3, "{key} needs more to show");
        for picture in &offer.pictures {
            let length = picture.alt.chars().count();
            assert!((30..=300).contains(&length), "{} needs an alt text", picture.file);
        }
        for item in &offer.items {
            let former = item.compare_at_minor.unwrap_or(i64::MAX);
            assert!(former > item.price_minor, "{} was never more expensive", item.sku);
        }
    }
}

#[test]
fn pictures_are_webp_files_of_at_most_150_kb_and_all_of_them_are_used() {
    for provider in &world().providers {
        let media = provider.folder.join("media");
        let pictures = provider.offers.iter().flat_map(|offer| &offer.pictures);
        let used: HashSet<_> = pictures.map(|picture| provider.picture_file(picture)).collect();
        for file in sorted(&media).unwrap() {
            let bytes = fs::read(&file).unwrap();
            assert!(bytes.len() <= 150_000, "{} has {} bytes", file.display(), bytes.len());
            let picture = image::load_from_memory_with_format(&bytes, image::ImageFormat::WebP);
            let picture = picture.unwrap();
            assert_eq!((picture.width(), picture.height()), (1600, 1200), "{}", file.display());
            assert!(used.contains(&file), "no offer shows {}", file.display());
        }
    }
}

#[test]
fn a_wrong_field_is_an_error_that_names_file_and_field() {
    let scratch = std::env::temp_dir().join(format!("smp-demo-world-{}", std::process::id()));
    fs::create_dir_all(&scratch).unwrap();
    let file = scratch.join("sales.toml");
    fs::write(&file, "[[sales]]\nslug = \"a\"\nprize = 1\n").unwrap();
    let error = format!("{:#}", read_toml::<Sales>(&file).unwrap_err());
    fs::remove_dir_all(&scratch).unwrap();
    assert!(error.contains("sales.toml") && error.contains("`prize`"), "{error}");
    assert!(error.contains("line 3"), "{error}");
}

#[test]
fn a_line_break_in_prose_is_a_space_and_a_blank_line_a_paragraph() {
    let text = "comments = \"\"\"\nOne\ntwo.\n\n\nThree.\"\"\"\nrating = 5";
    let feedback: Feedback = toml::from_str(text).unwrap();
    assert_eq!(feedback.comments, "One two.\n\nThree.");
}

#[test]
fn a_sale_of_an_unknown_item_is_refused() {
    let mut world = world();
    let provider = &mut world.providers[0];
    provider.sales[0].items[0].sku = "NOTHING".to_owned();
    provider.offers[0].pictures[0].file = "nothing.webp".to_owned();
    let problems = check::problems(&world);
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(problems[0].contains("\"NOTHING\"") && problems[1].contains("media/nothing.webp"));
}
