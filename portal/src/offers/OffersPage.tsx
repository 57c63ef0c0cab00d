import { Button, Group } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { Link } from "react-router";
import { $api } from "../api/client";
import { byCursor } from "../api/pages";
import type { Offer, OfferState } from "../api/types";
import { useMayAct, useTenant, useWorkspace } from "../app/SignedIn";
import { ChoiceFilter, FilterBar, SearchField, useChoice, useFilter } from "../elements/Filters";
import { EmptyState } from "../elements/ListStates";
import { PageHead } from "../elements/PageHead";
import { Paged, RowLink, Rows } from "../elements/Rows";
import { StateBadge } from "../elements/StateBadge";
import { stateLabel } from "../elements/states";
import { Thumb } from "../elements/Thumb";
import { Ago } from "../elements/When";
import { formatMoney } from "../format/money";

const filterStates: OfferState[] = ["draft", "archived"];

export function OffersPage() {
  const tenant = useTenant();
  const { base } = useWorkspace();
  const mayEdit = useMayAct("owner", "editor");
  const [q] = useFilter("q");
  const [state, setState] = useChoice("state", filterStates);
  const offers = $api.useInfiniteQuery(
    "get",
    "/providers/{tenant}/offers",
    { params: { path: { tenant: tenant.id }, query: { q: q || undefined, state } } },
    byCursor,
  );
  const create = mayEdit ? (
    <Button
      component={Link}
      to={`${base}/offers/new`}
      leftSection={<IconPlus size={16} aria-hidden />}
    >
      New offer
    </Button>
  ) : null;
  return (
    <>
      <PageHead
        title="Offers"
        lead="What you sell: its words, its items and its pictures. A sale puts an offer on sale."
        actions={create}
      />
      <FilterBar>
        <SearchField label="Search offers" />
        <ChoiceFilter
          label="State"
          all="All states"
          value={state}
          onChange={setState}
          options={filterStates.map((value) => ({ value, label: stateLabel(value) }))}
        />
      </FilterBar>
      <Paged
        query={offers}
        empty={
          q !== "" || state !== undefined ? (
            <EmptyState title="Nothing matches">Change the search or the state.</EmptyState>
          ) : (
            <EmptyState title="No offers yet" action={create}>
              Describe what you want to sell, with one item for each variant.
            </EmptyState>
          )
        }
      >
        {(items) => (
          <Rows
            label="Offers"
            rows={items}
            rowKey={(offer) => offer.id}
            columns={[
              {
                header: "Offer",
                cell: (offer) => (
                  <Group gap="sm" wrap="nowrap">
                    <Thumb url={offer.assets[0]?.thumbnail_url} />
                    <RowLink to={`${base}/offers/${offer.id}`}>{offer.title}</RowLink>
                  </Group>
                ),
              },
              { header: "Items", cell: (offer) => offer.items.length, kind: "number" },
              { header: "From", cell: fromPrice, kind: "number" },
              { header: "State", cell: (offer) => <StateBadge state={offer.state} /> },
              { header: "Changed", cell: (offer) => <Ago at={offer.updated_at} />, kind: "dim" },
            ]}
          />
        )}
      </Paged>
    </>
  );
}

function fromPrice(offer: Offer): string {
  const prices = offer.items.map((item) => item.price.amount);
  return prices.length === 0
    ? "–"
    : formatMoney({ amount: Math.min(...prices), currency: offer.currency });
}
