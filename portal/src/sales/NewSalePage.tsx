import { useNavigate } from "react-router";
import { $api, refresh } from "../api/client";
import { useTenant, useWorkspace } from "../app/SignedIn";
import { tellDone } from "../elements/notices";
import { PageHead } from "../elements/PageHead";
import { SaleForm } from "./SaleForm";
import { emptySale, inputOf } from "./saleValues";

export function NewSalePage() {
  const tenant = useTenant();
  const { base } = useWorkspace();
  const navigate = useNavigate();
  const create = $api.useMutation("post", "/providers/{tenant}/sales", {
    onSuccess: async (sale) => {
      await refresh("/providers/{tenant}/sales");
      tellDone("Sale saved as a draft.");
      await navigate(`${base}/sales/${sale.id}`, { replace: true });
    },
  });
  return (
    <>
      <PageHead
        title="New sale"
        back={{ to: `${base}/sales`, label: "Sales" }}
        lead="It stays a draft until you submit it."
      />
      <SaleForm
        initial={emptySale}
        pending={create.isPending}
        save={(values) =>
          create.mutateAsync({ params: { path: { tenant: tenant.id } }, body: inputOf(values) })
        }
      />
    </>
  );
}
