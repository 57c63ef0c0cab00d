// Option 1: SMP handles page, promotion and statistics. Buy leads to the provider's own cart, which
// reports purchases back.
import assert from "node:assert/strict";
import { story } from "./support/story.mjs";
import * as aftersale from "./story/aftersale.mjs";
import * as browsing from "./story/browsing.mjs";
import { redirect as actors } from "./story/actors.mjs";
import * as providerShop from "./story/provider-shop.mjs";
import { managerAtWork, reviewedSale, startsSooner } from "./story/launch.mjs";
import * as numbers from "./story/numbers.mjs";
import * as onboarding from "./story/onboarding.mjs";
import { ShopServer } from "./story/shop-server.mjs";
import { uploadAssets } from "./story/uploads.mjs";

const { offer, business } = actors;
const [wanted] = offer.items;
const unitMinor = 2400;
const quantity = 3;
const total = "€72.00";
const reversalReason = "Returned by the customer";
const praise = "Found it here, bought it there, and both felt like one shop.";

story(
  "A redirect sale, from the invitation of its provider to the manager's numbers",
  "redirect",
  async (stage, step) => {
    /** @type {Record<string, import("./support/stage.mjs").Person>} */
    const people = {};
    const shop = await ShopServer.open(stage.world.base_url, business.name, unitMinor);
    let pictures = [""];
    let launch = { links: {}, startsAt: 0 };

    await step(
      "Before: a provider is invited, applies, is approved and signs, its cart too",
      async () => {
        people.manager = await managerAtWork(stage);
        people.owner = await stage.person("owner", "desktop");
        await onboarding.inviteProvider(people.manager, business, actors.owner);
        await onboarding.acceptInvitation(people.owner, actors.owner);
        await onboarding.apply(people.owner, business);
        await onboarding.vetAndApprove(people.manager, [shop.origin]);
        await onboarding.signContract(people.owner, people.manager, business, actors.owner);
        await onboarding.inviteTeam(people.owner, { editor: actors.editor });
        shop.apiKey = await onboarding.createApiKey(people.owner);
        people.editor = await stage.person("editor", "desktop");
        await onboarding.acceptInvitation(people.editor, actors.editor);
      },
    );

    await step("12 The provider uploads assets", async () => {
      pictures = await uploadAssets(people.editor, actors.drawings, actors.descriptions);
    });

    await step(
      "Before: an offer and a sale are written, reviewed, changed and approved",
      async () => {
        const plan = {
          slug: actors.slug,
          mode: /** @type {const} */ ("redirect"),
          refusedUrl: "https://somewhere-else.example/cart",
          redirectUrl: `${shop.origin}/cart`,
        };
        await reviewedSale(people, offer, plan, pictures, /^Buy at/);
        launch = await startsSooner(people, offer);
      },
    );

    await step("1 Access point", async () => {
      people.shopper = await stage.person("shopper", "phone");
      people.friend = await stage.person("friend", "phone");
      await browsing.arriveBy(people.shopper, launch.links.social, offer.title);
      await browsing.arriveBy(people.friend, launch.links.sidebar, offer.title);
    });

    await step("2 Product page", async () => {
      const { shopper, friend } = people;
      await browsing.watchCountdown(shopper, "02-countdown");
      await browsing.likeAndShare(shopper);
      await browsing.likeAndShare(friend);
      await browsing.becomesLive(shopper, launch.startsAt);
      await shopper.page.getByText(business.supportEmail).waitFor();
      await shopper.look("02-live", { both: true });
    });

    await step("3 Item and quantity, Buy", async () => {
      const { shopper } = people;
      await providerShop.signUp(shopper, actors.shopper);
      await shopper.goto(`/sales/${actors.slug}`);
      await browsing.choose(shopper, wanted.name, wanted.limit + 1);
      await shopper.page
        .locator("form.buy-form")
        .evaluate((form) => /** @type {HTMLFormElement} */ (form).setAttribute("novalidate", ""));
      await shopper.expecting(422, "/buy", async () => {
        await shopper.page.getByRole("button", { name: /^Buy at/ }).click();
        await shopper.page.getByRole("heading", { name: "There is a problem" }).waitFor();
      });
      await shopper.look("03-too-many");
      await shopper.goto(`/sales/${actors.slug}`);
      await browsing.choose(shopper, wanted.name, quantity);
      await providerShop.leaveForShop(shopper, shop, wanted, quantity);
    });

    await step("4 Payment details", async () => {
      await people.shopper.page.getByLabel("Card number").fill("at the provider's");
      await people.shopper.look("04-provider-cart");
    });

    await step("5 Pay", async () => {
      await people.shopper.page.getByRole("button", { name: `Pay ${total}` }).click();
      await people.shopper.page.getByRole("heading", { name: /^Thank you, order/ }).waitFor();
      assert.equal(shop.purchases.length, 1);
      await providerShop.wrongPostbacks(shop);
    });

    await step("6 Purchase confirmation", async () => {
      await people.shopper.look("06-provider-confirmation");
      await providerShop.seesConversion(people.owner, shop.purchases[0].reference, "Reported");
      await people.owner.look("06-conversions");
    });

    await step("7 Shipment confirmation", async () => {
      await people.shopper.page.getByText("We ship within two days.").waitFor();
    });

    await step("8 Track the purchase", async () => {
      await people.shopper.goto("/account");
      await providerShop.seesPurchase(people.shopper, shop, business);
      await people.shopper.look("08-account", { both: true });
    });

    await step("9 Contact customer service", async () => {
      const { shopper } = people;
      await shopper.goto(`/sales/${actors.slug}`);
      await shopper.page.getByRole("link", { name: "Contact us" }).click();
      const seller = shopper.page.getByRole("region", {
        name: `${business.name} is responsible for “${offer.title}”`,
      });
      await seller
        .getByRole("link", { name: providerShop.withoutSpaces(business.supportPhone) })
        .waitFor();
      await seller.getByRole("link", { name: business.supportEmail }).waitFor();
      await shopper.look("09-help");
    });

    await step("10 Refund", async () => {
      const [{ reference }] = shop.purchases;
      const reversed = await shop.reverse(reference, reversalReason);
      assert.ok(reversed.status === 200 || reversed.status === 201, JSON.stringify(reversed.body));
      await people.shopper.goto("/account");
      const line = people.shopper.page.getByRole("listitem").filter({ hasText: reference });
      await line.getByText("Returned or cancelled").waitFor();
      await line.getByText(reversalReason).waitFor();
      await people.shopper.look("10-account-reversed");
      await providerShop.seesConversion(people.owner, reference, "Reversed");
    });

    await step("11 Feedback to SMP's sales team", async () => {
      await people.shopper.goto(`/sales/${actors.slug}/feedback`);
      await aftersale.writeFeedback(people.shopper, praise);
      await aftersale.readFeedback(people.manager, praise, offer.title);
    });

    await step("13 The manager sees the data", async () => {
      await people.friend.leave();
      await numbers.openStatistics(people.manager, offer.title);
      await numbers.assertNumbers(
        people.manager,
        {
          Visits: "2",
          Favourites: "2",
          Shares: "2",
          // The purchase was reversed.
          Purchases: "0",
          "Units sold": "0",
          "Reported revenue": "–",
        },
        { "Click-outs": "1", "Conversions reported": "1", Reversals: "1" },
      );
      await numbers.assertAccessPoints(people.manager, {
        "Autumn post": [1, 0],
        "Magazine sidebar": [1, 0],
      });
      await numbers.downloadCsv(people.manager, "conversion");
    });

    await shop.close();
  },
);
