import { useNavigate, useSearchParams } from "react-router";
import { $api, refresh } from "../api/client";
import { useTenant, useWorkspace } from "../app/SignedIn";
import { Loaded, LoadingRows } from "../components/ListStates";
import { notifySuccess } from "../components/notify";
import { PageHeader } from "../components/PageHeader";
import { SaleForm } from "./SaleForm";
import { newSale, toSaleInput } from "./saleFormValues";

export function NewSalePage() {
  const tenant = useTenant();
  const { base } = useWorkspace();
  const navigate = useNavigate();
  const provider = $api.useQuery("get", "/providers/{tenant}", {
    params: { path: { tenant: tenant.id } },
  });
  const [params] = useSearchParams();
  const chosen = params.get("offer") ?? "";
  const offer = $api.useQuery(
    "get",
    "/providers/{tenant}/offers/{offer}",
    { params: { path: { tenant: tenant.id, offer: chosen } } },
    { enabled: chosen !== "" },
  );
  const create = $api.useMutation("post", "/providers/{tenant}/sales", {
    onSuccess: async (sale) => {
      await refresh("/providers/{tenant}/sales");
      notifySuccess("Sale saved as a draft.");
      await navigate(`${base}/sales/${sale.id}`, { replace: true });
    },
  });
  return (
    <>
      <PageHeader
        title="New sale"
        back={{ to: `${base}/sales`, label: "Sales" }}
        lead="It stays a draft until you submit it."
      />
      <Loaded query={provider}>
        {(data) =>
          offer.isLoading ? (
            <LoadingRows />
          ) : (
            <SaleForm
              initial={newSale(data, offer.data)}
              pending={create.isPending}
              save={(values) =>
                create.mutateAsync({
                  params: { path: { tenant: tenant.id } },
                  body: toSaleInput(values),
                })
              }
            />
          )
        }
      </Loaded>
    </>
  );
}
