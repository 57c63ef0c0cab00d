import { Stack } from "@mantine/core";
import type { ReactNode } from "react";
import { useParams } from "react-router";
import { $api, refresh } from "../api/client";
import type { Contract } from "../api/types";
import { useHasRole, useTenant, useWorkspace } from "../app/SignedIn";
import { staffBase } from "../app/workspace";
import { LoadedPage } from "../components/LoadedPage";
import { notifySuccess } from "../components/notify";
import { PageHeader } from "../components/PageHeader";
import { StateBadge } from "../components/StateBadge";
import { formatDateTime } from "../format/time";
import { ContractDocument } from "./ContractDocument";
import styles from "./contracts.module.css";
import { contractState } from "./ContractsPage";
import { SignForm } from "./SignForm";

const affectedPaths = [
  "/contracts",
  "/providers/{tenant}/contracts",
  "/providers/{tenant}/contracts/{contract}",
  "/providers/{tenant}/sales",
  "/providers/{tenant}/sales/{sale}",
] as const;

/** One contract, for the owner who signs it. */
export function ContractPage() {
  const tenant = useTenant();
  const { base } = useWorkspace();
  return (
    <LoadedContract tenant={tenant.id} back={{ to: `${base}/contracts`, label: "Contract" }}>
      {(contract) => contract.state === "offered" && <OwnerSignature contract={contract} />}
    </LoadedContract>
  );
}

/** One contract, for the manager who counter-signs it. */
export function StaffContractPage() {
  const { tenant = "" } = useParams();
  const maySign = useHasRole("admin", "manager");
  return (
    <LoadedContract tenant={tenant} back={{ to: `${staffBase}/contracts`, label: "Contracts" }}>
      {(contract) =>
        maySign && contract.state === "signed" && <Countersignature contract={contract} />
      }
    </LoadedContract>
  );
}

function LoadedContract({
  tenant,
  back,
  children,
}: {
  tenant: string;
  back: { to: string; label: string };
  children: (contract: Contract) => ReactNode;
}) {
  const { contract = "" } = useParams();
  const query = $api.useQuery("get", "/providers/{tenant}/contracts/{contract}", {
    params: { path: { tenant, contract } },
  });
  return (
    <LoadedPage query={query}>
      {(data) => (
        <>
          <PageHeader
            title={`${data.title}, version ${data.number}`}
            badge={<StateBadge state={contractState(data)} />}
            lead={leadOf(data)}
            back={back}
          />
          <Stack gap="lg">
            <ContractDocument contract={data} />
            <div className={styles.screen}>{children(data)}</div>
          </Stack>
        </>
      )}
    </LoadedPage>
  );
}

function leadOf(contract: Contract): string {
  const { provider, ends_at, sign_by } = contract;
  if (contract.state === "offered" && sign_by != null)
    return `${provider.name}. To be signed by ${formatDateTime(sign_by)}.`;
  if (contract.state === "countersigned" && ends_at != null)
    return `${provider.name}. ${contract.in_force ? "Ends" : "Ended"} on ${formatDateTime(ends_at)}.`;
  return `${provider.name}. Offered on ${formatDateTime(contract.offered_at)}.`;
}

function OwnerSignature({ contract }: { contract: Contract }) {
  const sign = $api.useMutation("post", "/providers/{tenant}/contracts/{contract}/signature", {
    onSuccess: async () => {
      await refresh(...affectedPaths);
      notifySuccess("Contract signed. We’ll email you when SMP has signed it too.");
    },
  });
  return (
    <SignForm
      title="Sign"
      statement={`I have read this contract and sign it for ${contract.provider.name}.`}
      action="Sign contract"
      pending={sign.isPending}
      sign={(name) =>
        sign.mutateAsync({
          params: { path: { tenant: contract.provider.id, contract: contract.id } },
          body: { name, document_hash: contract.document_hash },
        })
      }
    />
  );
}

function Countersignature({ contract }: { contract: Contract }) {
  const sign = $api.useMutation(
    "post",
    "/providers/{tenant}/contracts/{contract}/countersignature",
    {
      onSuccess: async () => {
        await refresh(...affectedPaths);
        notifySuccess("Contract counter-signed. It is in force.");
      },
    },
  );
  return (
    <SignForm
      title="Counter-sign"
      statement="I sign this contract for SMP. It is in force from now on."
      action="Counter-sign contract"
      pending={sign.isPending}
      sign={(name) =>
        sign.mutateAsync({
          params: { path: { tenant: contract.provider.id, contract: contract.id } },
          body: { name },
        })
      }
    />
  );
}
