import { Alert, Button } from "@mantine/core";
import { Link, useNavigate, useParams } from "react-router";
import { $api, api, refresh, required } from "../api/client";
import type { Offer } from "../api/types";
import { ifMatch } from "../api/version";
import { useHasRole, useTenant, useWorkspace } from "../app/SignedIn";
import { confirmAction } from "../components/confirmAction";
import { LoadedPage } from "../components/LoadedPage";
import { notifySuccess, notifyError } from "../components/notify";
import { PageHeader } from "../components/PageHeader";
import { StateBadge } from "../components/StateBadge";
import { useOfferState } from "./offerState";
import { OfferForm } from "./OfferForm";
import { toOfferInput } from "./offerFormValues";

export function NewOfferPage() {
  const tenant = useTenant();
  const { base } = useWorkspace();
  const navigate = useNavigate();
  const create = $api.useMutation("post", "/providers/{tenant}/offers", {
    onSuccess: async (offer) => {
      await refresh("/providers/{tenant}/offers");
      notifySuccess("Offer saved.");
      await navigate(`${base}/offers/${offer.id}`, { replace: true });
    },
  });
  return (
    <>
      <PageHeader title="New offer" back={{ to: `${base}/offers`, label: "Offers" }} />
      <OfferForm
        pending={create.isPending}
        save={(values) =>
          create.mutateAsync({
            params: { path: { tenant: tenant.id } },
            body: toOfferInput(values),
          })
        }
      />
    </>
  );
}

export function OfferPage() {
  const tenant = useTenant();
  const { base } = useWorkspace();
  const { offer: id = "" } = useParams();
  const offer = $api.useQuery("get", "/providers/{tenant}/offers/{offer}", {
    params: { path: { tenant: tenant.id, offer: id } },
  });
  const stateOf = useOfferState(tenant.id);
  return (
    <LoadedPage query={offer}>
      {(data) => (
        <>
          <PageHeader
            title={data.title}
            badge={stateOf(data) !== null && <StateBadge state={stateOf(data) ?? ""} />}
            back={{ to: `${base}/offers`, label: "Offers" }}
            actions={
              <>
                <ArchiveButton offer={data} />
                <SellButton offer={data} />
              </>
            }
          />
          {data.state === "archived" && (
            <Alert mb="lg" color="gray">
              This offer is archived and can no longer be put on sale.
            </Alert>
          )}
          <OfferEditor key={data.id} offer={data} />
        </>
      )}
    </LoadedPage>
  );
}

function OfferEditor({ offer }: { offer: Offer }) {
  const tenant = useTenant();
  const mayEdit = useHasRole("owner", "editor");
  const path = { tenant: tenant.id, offer: offer.id };
  const update = $api.useMutation("put", "/providers/{tenant}/offers/{offer}", {
    onSuccess: async () => {
      await refresh(
        "/providers/{tenant}/offers",
        "/providers/{tenant}/offers/{offer}",
        "/providers/{tenant}/sales",
        "/providers/{tenant}/sales/{sale}",
      );
      notifySuccess("Offer saved. Its sales will show the changes after their next review.");
    },
  });
  return (
    <OfferForm
      offer={offer}
      readOnly={!mayEdit || offer.state === "archived"}
      pending={update.isPending}
      save={(values, version) =>
        update.mutateAsync({
          params: { path, header: ifMatch(version) },
          body: toOfferInput(values),
        })
      }
      read={async () =>
        required(await api.GET("/providers/{tenant}/offers/{offer}", { params: { path } }))
      }
    />
  );
}

function SellButton({ offer }: { offer: Offer }) {
  const { base } = useWorkspace();
  const mayEdit = useHasRole("owner", "editor");
  if (!mayEdit || offer.state === "archived") return null;
  return (
    <Button component={Link} to={`${base}/sales/new?offer=${offer.id}`}>
      Put it on sale
    </Button>
  );
}

function ArchiveButton({ offer }: { offer: Offer }) {
  const tenant = useTenant();
  const mayEdit = useHasRole("owner", "editor");
  const archive = $api.useMutation("post", "/providers/{tenant}/offers/{offer}/archive", {
    onSuccess: async () => {
      await refresh("/providers/{tenant}/offers", "/providers/{tenant}/offers/{offer}");
      notifySuccess("Offer archived.");
    },
    onError: notifyError,
  });
  if (!mayEdit || offer.state === "archived") return null;
  return (
    <Button
      variant="default"
      onClick={() =>
        confirmAction({
          title: `Archive ${offer.title}?`,
          message: "It can no longer be put on sale. Existing sales keep their approved content.",
          action: "Archive offer",
          onConfirm: () =>
            archive.mutate({ params: { path: { tenant: tenant.id, offer: offer.id } } }),
        })
      }
    >
      Archive
    </Button>
  );
}
