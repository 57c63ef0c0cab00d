import { Alert, Anchor, Text } from "@mantine/core";
import { Link } from "react-router";
import { $api } from "../api/client";
import { useHasRole, useTenant, useWorkspace } from "../app/SignedIn";

/** That invoices wait for the provider's data, for its owner. */
export function InvoicingNotice() {
  const isOwner = useHasRole("owner");
  const tenant = useTenant();
  const { base } = useWorkspace();
  const invoicing = $api.useQuery(
    "get",
    "/providers/{tenant}/invoicing",
    { params: { path: { tenant: tenant.id } } },
    { enabled: isOwner },
  );
  if (!invoicing.data || invoicing.data.waiting === 0) return null;
  const { waiting } = invoicing.data;
  return (
    <Alert
      color="brick"
      title={
        waiting === 1 ? "An invoice waits for your data" : `${waiting} invoices wait for your data`
      }
      role="status"
      mb="md"
    >
      <Text size="sm">
        Shoppers get them as soon as you have entered what an invoice has to say of you.
      </Text>
      <Anchor
        component={Link}
        to={`${base}/invoices/settings`}
        size="sm"
        underline="always"
        mt={6}
        display="inline-block"
      >
        Enter it
      </Anchor>
    </Alert>
  );
}
