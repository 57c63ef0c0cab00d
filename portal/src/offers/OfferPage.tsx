import { Alert, Button } from "@mantine/core";
import { useNavigate, useParams } from "react-router";
import { $api, refresh } from "../api/client";
import type { Offer } from "../api/types";
import { useMayAct, useTenant, useWorkspace } from "../app/SignedIn";
import { confirmFirst } from "../elements/confirm";
import { LoadedPage } from "../elements/LoadedPage";
import { tellDone, tellFailed } from "../elements/notices";
import { PageHead } from "../elements/PageHead";
import { StateBadge } from "../elements/StateBadge";
import { OfferForm } from "./OfferForm";
import { emptyOffer, inputOf, valuesOf } from "./offerValues";

export function NewOfferPage() {
  const tenant = useTenant();
  const { base } = useWorkspace();
  const navigate = useNavigate();
  const create = $api.useMutation("post", "/providers/{tenant}/offers", {
    onSuccess: async (offer) => {
      await refresh("/providers/{tenant}/offers");
      tellDone("Offer saved.");
      await navigate(`${base}/offers/${offer.id}`, { replace: true });
    },
  });
  return (
    <>
      <PageHead title="New offer" back={{ to: `${base}/offers`, label: "Offers" }} />
      <OfferForm
        initial={emptyOffer}
        pending={create.isPending}
        save={(values) =>
          create.mutateAsync({ params: { path: { tenant: tenant.id } }, body: inputOf(values) })
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
  return (
    <LoadedPage query={offer}>
      {(data) => (
        <>
          <PageHead
            title={data.title}
            badge={<StateBadge state={data.state} />}
            back={{ to: `${base}/offers`, label: "Offers" }}
            actions={<ArchiveButton offer={data} />}
          />
          {data.state === "archived" && (
            <Alert mb="lg" color="gray">
              This offer is archived and cannot be put on sale any more.
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
  const mayEdit = useMayAct("owner", "editor");
  const update = $api.useMutation("put", "/providers/{tenant}/offers/{offer}", {
    onSuccess: async () => {
      await refresh(
        "/providers/{tenant}/offers",
        "/providers/{tenant}/offers/{offer}",
        "/providers/{tenant}/sales",
        "/providers/{tenant}/sales/{sale}",
      );
      tellDone("Offer saved. Sales of it show the change after the next review.");
    },
  });
  return (
    <OfferForm
      initial={valuesOf(offer)}
      readOnly={!mayEdit || offer.state === "archived"}
      pending={update.isPending}
      save={async (values) =>
        valuesOf(
          await update.mutateAsync({
            params: { path: { tenant: tenant.id, offer: offer.id } },
            body: inputOf(values),
          }),
        )
      }
    />
  );
}

function ArchiveButton({ offer }: { offer: Offer }) {
  const tenant = useTenant();
  const mayEdit = useMayAct("owner", "editor");
  const archive = $api.useMutation("post", "/providers/{tenant}/offers/{offer}/archive", {
    onSuccess: async () => {
      await refresh("/providers/{tenant}/offers", "/providers/{tenant}/offers/{offer}");
      tellDone("Offer archived.");
    },
    onError: tellFailed,
  });
  if (!mayEdit || offer.state === "archived") return null;
  return (
    <Button
      variant="default"
      onClick={() =>
        confirmFirst({
          title: `Archive ${offer.title}?`,
          message:
            "It can no longer be put on sale. Sales that run already keep what was approved.",
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
