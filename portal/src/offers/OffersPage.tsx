import { Button, Group } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { Link } from "react-router";
import { $api } from "../api/client";
import { byCursor } from "../api/pages";
import type { Offer, OfferState } from "../api/types";
import { useHasRole, useTenant, useWorkspace } from "../app/SignedIn";
import { ChoiceFilter, FilterBar, SearchField, useChoice, useFilter } from "../components/Filters";
import { EmptyState } from "../components/ListStates";
import { PageHeader } from "../components/PageHeader";
import { RowLink, DataTable } from "../components/DataTable";
import { PagedList } from "../components/PagedList";
import { StateBadge } from "../components/StateBadge";
import { Thumbnail } from "../components/Thumbnail";
import { RelativeTime } from "../components/Timestamp";
import { formatMoney } from "../format/money";
import { useOfferState } from "./offerState";

const filterStates: OfferState[] = ["draft", "archived"];

export function OffersPage() {
  const tenant = useTenant();
  const { base } = useWorkspace();
  const mayEdit = useHasRole("owner", "editor");
  const [q] = useFilter("q");
  const [state, setState] = useChoice("state", filterStates);
  const offers = $api.useInfiniteQuery(
    "get",
    "/providers/{tenant}/offers",
    { params: { path: { tenant: tenant.id }, query: { q: q || undefined, state } } },
    byCursor,
  );
  const stateOf = useOfferState(tenant.id);
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
      <PageHeader
        title="Offers"
        lead="What you sell: descriptions, items and pictures. A sale puts an offer on sale."
        actions={create}
      />
      <FilterBar>
        <SearchField label="Search offers" />
        <ChoiceFilter
          label="State"
          all="Current and archived"
          value={state}
          onChange={setState}
          options={[
            { value: "draft", label: "Current" },
            { value: "archived", label: "Archived" },
          ]}
        />
      </FilterBar>
      <PagedList
        query={offers}
        empty={
          q !== "" || state !== undefined ? (
            <EmptyState title="No matches">Change the search or the state.</EmptyState>
          ) : (
            <EmptyState title="No offers yet" action={create}>
              Describe what you want to sell, with one item for each variant.
            </EmptyState>
          )
        }
      >
        {(items) => (
          <DataTable
            label="Offers"
            rows={items}
            rowKey={(offer) => offer.id}
            columns={[
              {
                header: "Offer",
                cell: (offer) => (
                  <Group gap="sm" wrap="nowrap">
                    <Thumbnail url={offer.assets[0]?.thumbnail_url} />
                    <RowLink to={`${base}/offers/${offer.id}`}>{offer.title}</RowLink>
                  </Group>
                ),
              },
              { header: "Items", cell: (offer) => offer.items.length, kind: "number" },
              { header: "From", cell: fromPrice, kind: "number" },
              {
                header: "State",
                cell: (offer) => {
                  const state = stateOf(offer);
                  return state === null ? "–" : <StateBadge state={state} />;
                },
              },
              {
                header: "Last changed",
                cell: (offer) => <RelativeTime at={offer.updated_at} />,
                kind: "dim",
              },
            ]}
          />
        )}
      </PagedList>
    </>
  );
}

function fromPrice(offer: Offer): string {
  const prices = offer.items.map((item) => item.price.amount);
  return prices.length === 0
    ? "–"
    : formatMoney({ amount: Math.min(...prices), currency: offer.currency });
}
