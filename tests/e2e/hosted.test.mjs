// Option 2: SMP handles cart, payment, refunds, tracking and customer service; the provider ships.
import assert from "node:assert/strict";
import { openMessage } from "./support/outbox.mjs";
import { signedIn, signIn } from "./support/portal.mjs";
import { story } from "./support/story.mjs";
import * as aftersale from "./story/aftersale.mjs";
import * as browsing from "./story/browsing.mjs";
import { hosted as actors } from "./story/actors.mjs";
import * as checkout from "./story/checkout.mjs";
import { managerAtWork, reviewedSale, startsSooner } from "./story/launch.mjs";
import * as numbers from "./story/numbers.mjs";
import * as onboarding from "./story/onboarding.mjs";
import { assertKept, uploadAssets } from "./story/uploads.mjs";

const { offer, business } = actors;
const [other, wanted] = offer.items;
const quantity = 2;
const total = "€178.00";
const question = {
  subject: "Can it be washed?",
  body: "Is a wool programme at 30 degrees fine, or only by hand?",
};
const reply = "A wool programme at 30 degrees is fine. Dry it flat, please.";
const refundReason = "Came with a flaw in the weave.";
const praise =
  "Warm, heavy, and here in two days. The flaw was handled without a word of argument.";

story(
  "A hosted sale, from the invitation of its provider to the manager's numbers",
  "hosted",
  async (stage, step) => {
    /** @type {Record<string, import("./support/stage.mjs").Person>} */
    const people = {};
    let pictures = [""];
    let order = "";
    let launch = { links: {}, startsAt: 0 };

    await step("Before: a provider is invited, applies, is approved and signs", async () => {
      people.manager = await managerAtWork(stage);
      people.owner = await stage.person("owner", "desktop");
      await onboarding.inviteProvider(people.manager, business, actors.owner);
      await onboarding.acceptInvitation(people.owner, actors.owner, "00-invitation");
      await onboarding.apply(people.owner, business);
      await onboarding.vetAndApprove(people.manager);
      await onboarding.signContract(people.owner, people.manager, business, actors.owner);
      await onboarding.inviteTeam(people.owner, {
        editor: actors.editor,
        fulfilment: actors.fulfilment,
      });
      people.editor = await stage.person("editor", "desktop");
      await onboarding.acceptInvitation(people.editor, actors.editor);
    });

    await step("12 The provider uploads assets", async () => {
      pictures = await uploadAssets(people.editor, actors.drawings, actors.descriptions);
    });

    await step(
      "Before: an offer and a sale are written, reviewed, changed and approved",
      async () => {
        await reviewedSale(
          people,
          offer,
          { slug: actors.slug, mode: "hosted" },
          pictures,
          /^Buy now/,
        );
        await openMessage(people.owner, actors.editor.email, "changes requested");
        await openMessage(people.owner, actors.editor.email, "approved");
        await assertKept(people.editor, pictures[0], "Approved");
        launch = await startsSooner(people, offer);
      },
    );

    await step("1 Access point", async () => {
      people.shopper = await stage.person("shopper", "phone");
      people.watcher = await stage.person("watcher", "phone");
      await browsing.arriveBy(people.shopper, launch.links.newsletter, offer.title);
      await browsing.arriveByLandingPage(
        people.watcher,
        launch.links.landing,
        offer.title,
        "01-landing",
      );
    });

    await step("2 Product page", async () => {
      await browsing.watchCountdown(people.shopper, "02-countdown");
      await browsing.likeAndShare(people.shopper);
      await browsing.becomesLive(people.shopper, launch.startsAt);
      await browsing.inState(people.watcher, "live");
      await browsing.showsLeft(people.shopper, wanted.name, wanted.capacity);
      await people.shopper.look("02-live", { both: true });
    });

    await step("3 Item and quantity, Buy", async () => {
      const { shopper, watcher } = people;
      await browsing.choose(shopper, wanted.name, quantity);
      const saleUrl = `${stage.world.base_url}/sales/${actors.slug}`;
      const press = await browsing.signUpDuringPurchase(shopper, actors.shopper);
      await browsing.clockRuns(shopper, quantity);
      await browsing.pressAgain(shopper, saleUrl, press);
      await browsing.showsLeft(watcher, wanted.name, wanted.capacity - quantity);
      await shopper.look("03-cart", { both: true });

      await shopper.goto(saleUrl);
      await browsing.choose(shopper, other.name, 1);
      await shopper.look("03-yours");
      await browsing.timeIsUp(shopper, saleUrl);
      await browsing.pressBuy(shopper);
      await browsing.showsLeft(watcher, other.name, other.capacity - 1);
      await checkout.release(shopper, other.name);
      await browsing.showsLeft(watcher, other.name, other.capacity);
    });

    await step("4 Payment details", async () => {
      await checkout.giveAddress(people.shopper, total);
      await checkout.confirmEmail(people.shopper, actors.shopper.email, () =>
        people.shopper.look("04-confirm-email", { both: true }),
      );
      await people.shopper.look("04-payment", { both: true });
      await checkout.declined(people.shopper, total);
      await checkout.cancelledAtBank(people.shopper, total);
    });

    await step("5 Pay", async () => {
      order = await checkout.pay(people.shopper, total);
    });

    await step("6 Purchase confirmation", async () => {
      const { shopper } = people;
      await shopper.look("06-confirmation", { both: true });
      const { text, links } = await openMessage(
        shopper,
        actors.shopper.email,
        `Order ${order} is confirmed`,
      );
      assert.ok(text.includes(total) && text.includes(offer.title), text);
      assert.ok(
        links.some((link) => link.endsWith(`/orders/${order}`)),
        "the email leads to the order",
      );
      await shopper.look("06-email-in-outbox");
      await shopper.page.getByRole("link", { name: "Open the HTML version" }).click();
      await shopper.page.getByText(order).first().waitFor();
      await shopper.look("06-email");
      await shopper.goto("/account");
      const ordered = shopper.page.locator(`a[href="/orders/${order}"]`);
      assert.equal(await ordered.innerText(), offer.title);
      await shopper.look("06-account");
    });

    await step("7 Shipment confirmation", async () => {
      const fulfilment = (people.fulfilment = await stage.person("fulfilment", "desktop"));
      await onboarding.acceptInvitation(fulfilment, actors.fulfilment);
      await openMessage(fulfilment, actors.owner.email, `New order ${order} to ship`);
      await aftersale.ship(fulfilment, order, `${quantity} × ${offer.title}, ${wanted.name}`);
      const { text } = await openMessage(
        people.shopper,
        actors.shopper.email,
        `Your parcel from ${business.name} is on its way`,
      );
      assert.ok(text.includes("DHL"), text);
    });

    await step("8 Track the purchase", async () => {
      const { shopper, fulfilment } = people;
      await aftersale.track(shopper, order, "Handed over to the carrier");
      await aftersale.addEvent(fulfilment, "in_transit", "Sorted in Ulm", "In transit");
      await aftersale.addEvent(fulfilment, "delivered", "Handed to the neighbour", "Delivered");
      await fulfilment.look("08-shipment-portal");
      await aftersale.track(shopper, order, "Delivered");
      await shopper.look("08-tracking", { both: true });
      await openMessage(
        shopper,
        actors.shopper.email,
        `Your parcel from ${business.name} has arrived`,
      );
    });

    await step("9 Contact customer service", async () => {
      await aftersale.ask(people.shopper, order, question);
      people.support = await signedIn(stage, "support");
      await aftersale.answer(people.support, question, order, reply);
      await aftersale.readAnswer(
        people.shopper,
        actors.shopper.email,
        question.subject,
        reply,
        "Thank you, that helps.",
      );
      await aftersale.resolve(people.support);
    });

    await step("10 Refund", async () => {
      await browsing.showsLeft(people.watcher, wanted.name, wanted.capacity - quantity);
      people.finance = await signedIn(stage, "finance");
      await aftersale.refundAll(people.finance, order, total, refundReason);
      await browsing.showsLeft(people.watcher, wanted.name, wanted.capacity);
      await people.watcher.look("10-stock-is-back");
      await aftersale.seesRefund(people.shopper, order, total);
      await openMessage(
        people.shopper,
        actors.shopper.email,
        `Your refund of ${total} is on its way`,
      );
    });

    await step("11 Feedback to SMP's sales team", async () => {
      await people.shopper.goto(`/orders/${order}`);
      await aftersale.giveFeedback(people.shopper, offer.title, praise);
      await aftersale.readFeedback(people.manager, praise, offer.title);
    });

    await step("13 The manager sees the data", async () => {
      await people.watcher.leave();
      await numbers.openStatistics(people.manager, offer.title);
      await numbers.assertNumbers(
        people.manager,
        {
          Visits: "2",
          Favourites: "1",
          Shares: "1",
          // The order was refunded.
          Purchases: "0",
          "Units sold": "0",
          Revenue: "–",
        },
        {
          Holds: "2",
          Checkouts: "1",
          "Addresses entered": "1",
          "Payment attempts": "3",
          "Orders paid": "1",
          Refunds: "1",
        },
      );
      await numbers.assertAccessPoints(people.manager, {
        "November newsletter": [1, 0],
        "Campaign page": [1, 0],
        "Magazine sidebar": [0, 0],
      });
      await numbers.downloadCsv(people.manager, "purchase");
      await signIn(people.owner, actors.owner);
      await people.owner.page.getByText(offer.title).first().waitFor();
      await people.owner.look("13-owner-overview");
    });
  },
);
