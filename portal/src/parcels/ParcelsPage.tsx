import { Text } from "@mantine/core";
import { $api } from "../api/client";
import { byCursor } from "../api/pages";
import type { Parcel, ParcelState } from "../api/types";
import { useTenant, useWorkspace } from "../app/SignedIn";
import { ChoiceFilter, FilterBar, SearchField, useChoice, useFilter } from "../components/Filters";
import { EmptyState } from "../components/ListStates";
import { PageHeader } from "../components/PageHeader";
import { RowLink, DataTable } from "../components/DataTable";
import { PagedList } from "../components/PagedList";
import { StateBadge } from "../components/StateBadge";
import { RelativeTime } from "../components/Timestamp";
import { stateOptions } from "../components/states";
import { countryName } from "../format/reference";
import { formatMoney } from "../format/money";
import { slotDates } from "../sales/saleState";
import { ShipByDate } from "./ShipByDate";

const filterStates: ParcelState[] = ["to_ship", "shipped", "delivered", "cancelled"];

export function ParcelsPage() {
  const tenant = useTenant();
  const { base } = useWorkspace();
  const [q] = useFilter("q");
  const [state, setState] = useChoice("state", filterStates);
  const parcels = $api.useInfiniteQuery(
    "get",
    "/providers/{tenant}/parcels",
    { params: { path: { tenant: tenant.id }, query: { q: q || undefined, state } } },
    { ...byCursor, refetchInterval: 30_000 },
  );
  return (
    <>
      <PageHeader
        title="Parcels"
        lead="One parcel per order: what to pack and where to send it. Vouchers and reservations need no packing."
      />
      <FilterBar>
        <SearchField label="Search parcels" />
        <ChoiceFilter
          label="State"
          all="All states"
          value={state}
          onChange={setState}
          options={stateOptions(filterStates)}
        />
      </FilterBar>
      <PagedList
        query={parcels}
        empty={
          state === "to_ship" && q === "" ? (
            <EmptyState title="Nothing to ship">New orders will appear here.</EmptyState>
          ) : (
            <EmptyState title="No matches">Change the search or the state.</EmptyState>
          )
        }
      >
        {(items) => (
          <DataTable
            label="Parcels"
            rows={items}
            rowKey={(parcel) => parcel.id}
            columns={[
              {
                header: "Order",
                cell: (parcel) => (
                  <div>
                    <RowLink to={`${base}/parcels/${parcel.id}`}>{parcel.order_number}</RowLink>
                    <Text size="sm" c="dimmed">
                      {contents(parcel)}
                    </Text>
                  </div>
                ),
              },
              {
                header: "To",
                cell: ({ lines, customer_name, shipping_address: { city, country } }) =>
                  lines.every(({ voucher_valid_days }) => voucher_valid_days != null)
                    ? `${customer_name}, by email`
                    : `${customer_name}, ${city}, ${countryName(country)}`,
              },
              { header: "Value", cell: (parcel) => formatMoney(parcel.subtotal), kind: "number" },
              { header: "Ship by", cell: (parcel) => <ShipByDate {...parcel} /> },
              {
                header: "Ordered",
                cell: (parcel) => <RelativeTime at={parcel.created_at} />,
                kind: "dim",
              },
              { header: "State", cell: (parcel) => <StateBadge state={parcel.status} /> },
            ]}
          />
        )}
      </PagedList>
    </>
  );
}

function contents(parcel: Parcel): string {
  return parcel.lines
    .map((line) =>
      [`${line.quantity} × ${line.title}`, line.item_name, slotDates(line)]
        .filter(Boolean)
        .join(", "),
    )
    .join("; ");
}
