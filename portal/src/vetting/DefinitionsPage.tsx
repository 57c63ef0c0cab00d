import { Badge, Button, Modal, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { $api } from "../api/client";
import type { RequirementDefinition } from "../api/types";
import { DataTable } from "../components/DataTable";
import { EmptyState } from "../components/ListStates";
import { LoadedPage } from "../components/LoadedPage";
import { PageHeader } from "../components/PageHeader";
import { formatMoney } from "../format/money";
import { countryName } from "../format/reference";
import { plural } from "../format/text";
import { DefinitionForm } from "./DefinitionForm";
import { methodNames } from "./definitionValues";

/** Whom a requirement applies to, in words. */
export function audienceOf(definition: RequirementDefinition): string {
  const parts = [
    definition.selling_mode === "hosted" && "who sell in SMP’s cart",
    definition.selling_mode === "redirect" && "who sell in their own cart",
    definition.regions.length > 0 &&
      `who ship to ${definition.regions.map(countryName).join(" or ")}`,
    definition.categories.length > 0 && `of ${definition.categories.join(" or ")}`,
    definition.monthly_units_from != null &&
      `from ${plural(definition.monthly_units_from, "unit")} a month`,
    definition.monthly_revenue_from != null &&
      `from ${formatMoney(definition.monthly_revenue_from)} a month`,
  ].filter((part) => part !== false);
  return parts.length === 0 ? "All providers" : `Providers ${parts.join(", ")}`;
}

/** The requirements that SMP defines. */
export function DefinitionsPage() {
  const [editing, setEditing] = useState<RequirementDefinition | "new" | null>(null);
  const definitions = $api.useQuery("get", "/requirement-definitions");
  const close = () => setEditing(null);
  return (
    <LoadedPage query={definitions}>
      {({ items }) => (
        <>
          <PageHeader
            title="Requirements"
            lead="What SMP asks of providers before it approves them. A change is a new version; answers stay with the version they answered."
            actions={
              <Button
                leftSection={<IconPlus size={16} aria-hidden />}
                onClick={() => setEditing("new")}
              >
                New requirement
              </Button>
            }
          />
          {items.length === 0 ? (
            <EmptyState title="No requirements yet">
              Define the first one with the button above.
            </EmptyState>
          ) : (
            <DataTable
              label="Requirements"
              rows={items}
              rowKey={(definition) => definition.code}
              columns={[
                {
                  header: "Requirement",
                  cell: (definition) => (
                    <div>
                      <Text span fw={550}>
                        {definition.title}
                      </Text>{" "}
                      {!definition.active && <Badge color="gray">Retired</Badge>}
                      <Text size="sm" c="dimmed">
                        {definition.instructions}
                      </Text>
                    </div>
                  ),
                },
                { header: "Met by", cell: ({ method }) => methodNames[method] },
                { header: "For", cell: audienceOf },
                {
                  header: "Valid",
                  cell: ({ valid_months }) =>
                    valid_months == null ? "For good" : plural(valid_months, "month"),
                },
                { header: "Version", cell: ({ version }) => version, kind: "number" },
                {
                  header: "Change",
                  cell: (definition) => (
                    <Button
                      size="xs"
                      variant="default"
                      onClick={() => setEditing(definition)}
                      aria-label={`Change: ${definition.title}`}
                    >
                      Change
                    </Button>
                  ),
                },
              ]}
            />
          )}
          <Modal
            opened={editing !== null}
            onClose={close}
            size="lg"
            title={editing === "new" ? "New requirement" : "Change a requirement"}
          >
            {editing !== null && (
              <DefinitionForm
                key={editing === "new" ? "new" : editing.code}
                definition={editing === "new" ? undefined : editing}
                onClose={close}
              />
            )}
          </Modal>
        </>
      )}
    </LoadedPage>
  );
}
