import type { Address } from "../api/types";
import { countryName } from "../format/reference";

export function AddressLines({ address }: { address: Address }) {
  const lines = [
    address.name,
    address.company,
    address.line1,
    address.line2,
    address.district,
    `${address.postal_code} ${address.city}`,
    address.region,
    countryName(address.country),
    address.phone,
  ].filter((line) => line != null && line !== "");
  return (
    <address style={{ fontStyle: "normal" }}>
      {lines.map((line) => (
        <div key={line}>{line}</div>
      ))}
    </address>
  );
}
