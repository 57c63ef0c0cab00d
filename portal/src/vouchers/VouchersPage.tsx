import { Stack } from "@mantine/core";
import { useState } from "react";
import { PageHeader } from "../components/PageHeader";
import { Redemptions } from "./Redemptions";
import { VoucherDesk, type Outcome } from "./VoucherDesk";

/** Where a provider's team redeems the vouchers that shoppers bring. */
export function VouchersPage() {
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  return (
    <>
      <PageHeader
        title="Vouchers"
        lead="Look up the code of a voucher that a shopper brings. Redeem it once you give what it is for."
      />
      <Stack gap="lg">
        <VoucherDesk outcome={outcome} onOutcome={setOutcome} />
        <Redemptions onReversed={() => setOutcome(null)} />
      </Stack>
    </>
  );
}
