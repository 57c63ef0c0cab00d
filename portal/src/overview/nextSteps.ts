import type { Provider } from "../api/types";

export interface Step {
  label: string;
  hint: string;
  to: string;
  done: boolean;
}

interface Progress {
  state: Provider["state"];
  assets: number;
  offers: number;
  sales: number;
  submitted: boolean;
}

const pastApplication: Provider["state"][] = [
  "applied",
  "under_review",
  "approved",
  "suspended",
  "rejected",
];

/** The steps from an invitation to a first sale. */
export function nextSteps({ state, assets, offers, sales, submitted }: Progress): Step[] {
  return [
    {
      label: "Apply",
      hint: "Tell SMP about your business.",
      to: "/application",
      done: pastApplication.includes(state),
    },
    {
      label: "Get approved",
      hint: "SMP checks your documents and references.",
      to: "/application",
      done: state === "approved" || state === "suspended",
    },
    {
      label: "Add pictures",
      hint: "You can use them in all your sales.",
      to: "/assets",
      done: assets > 0,
    },
    {
      label: "Write an offer",
      hint: "Describe what you sell and its variants.",
      to: "/offers/new",
      done: offers > 0,
    },
    {
      label: "Plan a sale",
      hint: "Set the dates, quantities and prices.",
      to: "/sales/new",
      done: sales > 0,
    },
    {
      label: "Submit it for review",
      hint: "SMP checks it before shoppers see it.",
      to: "/sales",
      done: submitted,
    },
  ];
}
