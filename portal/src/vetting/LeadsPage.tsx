import { Button, Modal, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";
import { useNavigate } from "react-router";
import { $api, refresh } from "../api/client";
import { byCursor } from "../api/pages";
import type { LeadState } from "../api/types";
import { staffBase } from "../app/workspace";
import { DataTable, RowLink } from "../components/DataTable";
import { ChoiceFilter, FilterBar, SearchField, useChoice, useFilter } from "../components/Filters";
import { EmptyState } from "../components/ListStates";
import { notifySuccess } from "../components/notify";
import { PagedList } from "../components/PagedList";
import { PageHeader } from "../components/PageHeader";
import { StateBadge } from "../components/StateBadge";
import { stateOptions } from "../components/states";
import { countryName } from "../format/reference";
import { formatDate } from "../format/time";
import { LeadForm } from "./LeadForm";

const states: LeadState[] = ["new", "contacted", "invited", "applied", "approved", "lost"];

/** The companies that SMP would like to sell with. */
export function LeadsPage() {
  const [opened, { open, close }] = useDisclosure();
  const navigate = useNavigate();
  const [q] = useFilter("q");
  const [state, setState] = useChoice("state", states);
  const [due, setDue] = useChoice("due", ["yes"]);
  const leads = $api.useInfiniteQuery(
    "get",
    "/leads",
    { params: { query: { q: q || undefined, state, due: due ? true : undefined } } },
    byCursor,
  );
  const create = $api.useMutation("post", "/leads", {
    onSuccess: async (lead) => {
      await refresh("/leads", "/vetting/queue");
      notifySuccess("Lead saved.");
      await navigate(`${staffBase}/leads/${lead.id}`);
    },
  });
  const filtered = q !== "" || state !== undefined || due !== undefined;
  return (
    <>
      <PageHeader
        title="Leads"
        lead="Companies that could sell through SMP, from the first contact to their approval."
        actions={
          <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={open}>
            New lead
          </Button>
        }
      />
      <FilterBar>
        <SearchField label="Search leads" />
        <ChoiceFilter
          label="State"
          all="All states"
          value={state}
          onChange={setState}
          options={stateOptions(states)}
        />
        <ChoiceFilter
          label="Follow-up"
          all="Any follow-up"
          value={due}
          onChange={setDue}
          options={[{ value: "yes", label: "Due" }]}
        />
      </FilterBar>
      <PagedList
        query={leads}
        empty={
          filtered ? (
            <EmptyState title="No matches">Change the search or the filters.</EmptyState>
          ) : (
            <EmptyState title="No leads yet">Note the first one with the button above.</EmptyState>
          )
        }
      >
        {(items) => (
          <DataTable
            label="Leads"
            rows={items}
            rowKey={(lead) => lead.id}
            columns={[
              {
                header: "Company",
                cell: (lead) => (
                  <div>
                    <RowLink to={`${staffBase}/leads/${lead.id}`}>{lead.company}</RowLink>
                    <Text size="sm" c="dimmed">
                      {[lead.contact_name, lead.product_category].filter(Boolean).join(", ")}
                    </Text>
                  </div>
                ),
              },
              { header: "Country", cell: (lead) => countryName(lead.country) },
              { header: "Source", cell: (lead) => lead.source, kind: "dim" },
              {
                header: "Follow up",
                cell: (lead) => (lead.follow_up_on ? formatDate(lead.follow_up_on) : "–"),
              },
              { header: "State", cell: (lead) => <StateBadge state={lead.state} /> },
            ]}
          />
        )}
      </PagedList>
      <Modal opened={opened} onClose={close} title="New lead" size="lg">
        <LeadForm
          action="Save lead"
          pending={create.isPending}
          save={(body) => create.mutateAsync({ body })}
        />
      </Modal>
    </>
  );
}
