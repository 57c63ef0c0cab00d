import { Text } from "@mantine/core";
import { $api } from "../api/client";
import { byCursor } from "../api/pages";
import type { ConversationState } from "../api/types";
import { staffBase } from "../app/workspace";
import { ChoiceFilter, FilterBar, SearchField, useChoice, useFilter } from "../components/Filters";
import { EmptyState } from "../components/ListStates";
import { PageHeader } from "../components/PageHeader";
import { RowLink, DataTable } from "../components/DataTable";
import { PagedList } from "../components/PagedList";
import { StateBadge } from "../components/StateBadge";
import { RelativeTime } from "../components/Timestamp";
import { stateOptions } from "../components/states";

const filterStates: ConversationState[] = ["open", "waiting", "resolved"];

export function ConversationsPage() {
  const [q] = useFilter("q");
  const [state, setState] = useChoice("state", filterStates);
  const conversations = $api.useInfiniteQuery(
    "get",
    "/conversations",
    { params: { query: { q: q || undefined, state } } },
    { ...byCursor, refetchInterval: 15_000 },
  );
  return (
    <>
      <PageHeader title="Conversations" lead="Questions from shoppers, shown with their orders." />
      <FilterBar>
        <SearchField label="Search conversations" />
        <ChoiceFilter
          label="State"
          all="All states"
          value={state}
          onChange={setState}
          options={stateOptions(filterStates)}
        />
      </FilterBar>
      <PagedList
        query={conversations}
        empty={
          <EmptyState title="No conversations here">New questions will appear here.</EmptyState>
        }
      >
        {(items) => (
          <DataTable
            label="Conversations"
            rows={items}
            rowKey={(conversation) => conversation.id}
            columns={[
              {
                header: "Subject",
                cell: (conversation) => (
                  <div>
                    <RowLink to={`${staffBase}/conversations/${conversation.id}`}>
                      {conversation.subject}
                    </RowLink>
                    <Text size="sm" c="dimmed" lineClamp={1}>
                      {conversation.messages.at(-1)?.body}
                    </Text>
                  </div>
                ),
              },
              { header: "Customer", cell: (conversation) => conversation.customer_name },
              {
                header: "Order",
                cell: (conversation) => conversation.order_number ?? "–",
                kind: "dim",
              },
              {
                header: "Last message",
                cell: (conversation) => <RelativeTime at={conversation.updated_at} />,
                kind: "dim",
              },
              {
                header: "State",
                cell: (conversation) => <StateBadge state={conversation.state} />,
              },
            ]}
          />
        )}
      </PagedList>
    </>
  );
}
