import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { Link } from "react-router";
import { $api } from "../api/client";
import { byCursor } from "../api/pages";
import { staffBase } from "../app/workspace";
import { DataTable, RowLink } from "../components/DataTable";
import { EmptyState } from "../components/ListStates";
import { PageHeader } from "../components/PageHeader";
import { PagedList } from "../components/PagedList";
import { StateBadge } from "../components/StateBadge";
import { Timestamp } from "../components/Timestamp";

/** Every version of SMP's contract, drafts included. */
export function TemplatesPage() {
  const templates = $api.useInfiniteQuery(
    "get",
    "/contract-templates",
    { params: { query: {} } },
    byCursor,
  );
  return (
    <>
      <PageHeader
        title="Versions of the contract"
        lead="A published version is offered to every provider, and never changes."
        back={{ to: `${staffBase}/contracts`, label: "Contracts" }}
        actions={
          <Button
            component={Link}
            to={`${staffBase}/contract-templates/new`}
            leftSection={<IconPlus size={16} aria-hidden />}
          >
            New version
          </Button>
        }
      />
      <PagedList
        query={templates}
        empty={
          <EmptyState title="No versions yet">
            Write the first one with the button above.
          </EmptyState>
        }
      >
        {(items) => (
          <DataTable
            label="Versions of the contract"
            rows={items}
            rowKey={(template) => template.id}
            columns={[
              {
                header: "Title",
                cell: (template) => (
                  <RowLink to={`${staffBase}/contract-templates/${template.id}`}>
                    {template.title}
                  </RowLink>
                ),
              },
              { header: "Version", cell: (template) => template.number ?? "" },
              {
                header: "Sign by",
                cell: (template) =>
                  template.sign_by == null ? "" : <Timestamp at={template.sign_by} />,
                kind: "dim",
              },
              {
                header: "Published",
                cell: (template) =>
                  template.published_at == null ? "" : <Timestamp at={template.published_at} />,
                kind: "dim",
              },
              { header: "State", cell: (template) => <StateBadge state={template.state} /> },
            ]}
          />
        )}
      </PagedList>
    </>
  );
}
