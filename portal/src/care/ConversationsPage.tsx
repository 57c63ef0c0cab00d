import { Text } from "@mantine/core";
import { $api } from "../api/client";
import { byCursor } from "../api/pages";
import type { ConversationState } from "../api/types";
import { staffBase } from "../app/workspace";
import { ChoiceFilter, FilterBar, SearchField, useChoice, useFilter } from "../elements/Filters";
import { EmptyState } from "../elements/ListStates";
import { PageHead } from "../elements/PageHead";
import { Paged, RowLink, Rows } from "../elements/Rows";
import { StateBadge } from "../elements/StateBadge";
import { Ago } from "../elements/When";
import { optionsOf } from "../sales/saleWords";

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
      <PageHead
        title="Conversations"
        lead="Questions from shoppers, with their orders beside them."
      />
      <FilterBar>
        <SearchField label="Search conversations" />
        <ChoiceFilter
          label="State"
          all="All states"
          value={state}
          onChange={setState}
          options={optionsOf(filterStates)}
        />
      </FilterBar>
      <Paged
        query={conversations}
        empty={
          <EmptyState title="No conversations here">
            New questions appear here by themselves.
          </EmptyState>
        }
      >
        {(items) => (
          <Rows
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
                header: "Last word",
                cell: (conversation) => <Ago at={conversation.updated_at} />,
                kind: "dim",
              },
              {
                header: "State",
                cell: (conversation) => <StateBadge state={conversation.state} />,
              },
            ]}
          />
        )}
      </Paged>
    </>
  );
}
