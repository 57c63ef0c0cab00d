import { Button, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";
import { $api } from "../api/client";
import { byCursor } from "../api/pages";
import type { ProviderState } from "../api/types";
import { useHasRole } from "../app/SignedIn";
import { staffBase } from "../app/workspace";
import { ChoiceFilter, FilterBar, SearchField, useChoice, useFilter } from "../components/Filters";
import { EmptyState } from "../components/ListStates";
import { PageHeader } from "../components/PageHeader";
import { RowLink, DataTable } from "../components/DataTable";
import { PagedList } from "../components/PagedList";
import { StateBadge } from "../components/StateBadge";
import { Timestamp } from "../components/Timestamp";
import { stateOptions } from "../components/states";
import { countryName } from "../format/reference";
import { InviteDialog } from "./InviteDialog";

const filterStates: ProviderState[] = [
  "invited",
  "applied",
  "under_review",
  "approved",
  "suspended",
  "rejected",
];

export function ProvidersPage() {
  const mayInvite = useHasRole("admin", "manager");
  const [opened, { open, close }] = useDisclosure();
  const [q] = useFilter("q");
  const [state, setState] = useChoice("state", filterStates);
  const providers = $api.useInfiniteQuery(
    "get",
    "/providers",
    { params: { query: { q: q || undefined, state } } },
    byCursor,
  );
  const invite = mayInvite ? (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={open}>
      Invite provider
    </Button>
  ) : null;
  const filtered = q !== "" || state !== undefined;
  return (
    <>
      <PageHeader
        title="Providers"
        lead="The shops and makers that sell through SMP."
        actions={invite}
      />
      <FilterBar>
        <SearchField label="Search providers" />
        <ChoiceFilter
          label="State"
          all="All states"
          value={state}
          onChange={setState}
          options={stateOptions(filterStates)}
        />
      </FilterBar>
      <PagedList
        query={providers}
        empty={
          filtered ? (
            <EmptyState title="No matches">Change the search or the state.</EmptyState>
          ) : (
            <EmptyState title="No providers yet">
              Invite the first one with the button above.
            </EmptyState>
          )
        }
      >
        {(items) => (
          <DataTable
            label="Providers"
            rows={items}
            rowKey={(provider) => provider.id}
            columns={[
              {
                header: "Provider",
                cell: (provider) => (
                  <div>
                    <RowLink to={`${staffBase}/providers/${provider.id}`}>{provider.name}</RowLink>
                    <Text size="sm" c="dimmed">
                      {provider.product_category}
                    </Text>
                  </div>
                ),
              },
              { header: "Country", cell: (provider) => countryName(provider.country) },
              {
                header: "Since",
                cell: (provider) => <Timestamp at={provider.created_at} />,
                kind: "dim",
              },
              { header: "State", cell: (provider) => <StateBadge state={provider.state} /> },
            ]}
          />
        )}
      </PagedList>
      {mayInvite && <InviteDialog opened={opened} onClose={close} />}
    </>
  );
}
