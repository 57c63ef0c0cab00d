layout-skip-to-the-content = Skip to the content
account-sign-out = Sign out
account-registered-for = Registered for
account-on-the-waitlist = On the waitlist
account-ends = { $quantity } × { $item_name } · ends { $ends_at }
account-youre-next = You’re next
account-number = Number { $position }
account-orders = Orders
account-paid-due = { $due_now } paid, { $rest_amount } due
account-refunded = { $refunded } refunded
account-no-orders = No orders yet. Your orders and their tracking will appear here. <a href="/#on-now">See what’s on now</a>
account-bought-in-sellers-own-shops = Bought in sellers’ own shops
account-reported-seller-responsible-purchases = Reported to us by the seller, who is responsible for these purchases.
account-reservation = Reservation: { $item_name }, { $slot_starts_on }
account-order = { $provider_name }, order { $reference } · { $reported_at }
account-returned-or-cancelled = Returned or cancelled
account-partly = Partly
account-cancelled = cancelled
account-returned-or-cancelled-2 = returned or cancelled
account-confirmed = Confirmed { $confirmed_at }
account-not-confirmed-by-the-seller-yet = Not confirmed by the seller yet
account-reported = Reported
account-your-code = Your code: <strong><code>{ $code }</code></strong>
account-ships-by-says = Ships by { $promised_by }, says { $provider_name }
account-see-it-at = See it at
account-track-at = Track at
account-give-feedback-on = Give feedback<span class="vh"> on { $conversion_title }</span>
account-value = { $quantity } { $quantity ->
        [one] item
       *[other] items
    }
account-given-back = { $reversed_quantity } given back
account-reversed = { $reversed } reversed
account-favourites = Favourites
account-kept-for-this-browser = Kept for this browser.
account-conversations = Conversations
account-no-conversations = No conversations yet. <a href="/help">Contact us</a> with any question.
cancel-order-cancel-order = Cancel order { $order_number }
cancel-order-cancel-order-2 = Cancel order { $order_number }?
cancel-order-nothing-shipped-yet = Nothing of it has been shipped yet, so you can cancel the whole order.
cancel-order-sellers-told-not-send = The sellers are told not to send it, and the items go back on sale. They may be gone if you change your mind.
cancel-order-goes-back-way-paid = { $refund } goes back the way you paid. We send it at once; your bank usually shows it within 5 working days.
cancel-order-going-pay-delivery-nothing = You were going to pay on delivery, so nothing was charged.
cancel-order-this-cannot-be-undone = This cannot be undone.
cancel-order-cancel-the-order = Cancel the order
cancel-order-and-refund = and refund { $refund }
cancel-order-keep-the-order = Keep the order
cart-order-is-waiting-for-payment = Order { $order_number } is waiting for payment
cart-pay-hold-items = Pay by { $pay_by }; we hold your items until then.
cart-finish-paying-order = Finish paying<span class="vh"> order { $order_number }</span>
cart-began-check-out-items = <strong>You began to check out { $units } of these items</strong>, priced in { $currency }. What you typed is kept. <a href="{ $checkout_url }">Continue checkout<span class="vh"> in { $currency }</span></a>
cart-your-hold-on-these-ran-out = Your hold on these ran out
cart-went-back-on-sale = They went back on sale. Nothing was charged. You can try again while stock lasts.
cart-prices-more-one-currency = <strong>Your cart has prices in more than one currency.</strong> Each currency is an order of its own: check out one, pay, and come back for the other. Everything stays held until its time is up.
cart-choose-pay = Choose what to pay for now. The rest stays in your cart until its time is up.
cart-paused-time-pay-stands = Paused: your time to pay stands still, with { $time_left } left
cart-held-until = Held until { $expires_at }
cart-pay-for-it-now = Pay for it now
cart-remove = Remove
cart-in = In { $currency }: <span class="amount amount-large">{ $sum }</span>
cart-check-out-what-is-priced-in = Check out<span class="vh"> what is priced in { $currency }</span>
cart-total-of-everything = Total of everything
cart-check-out = Check out
cart-items-remove-go-back-sale = Items you remove go back on sale at once.
cart-your-cart-is-empty = Your cart is empty.
cart-press-buy-hold-items = When you press Buy, we hold the items here for a few minutes.
checkout-keep-this-address-for-later = Keep this address for later
checkout-continue-to-payment = Continue to payment
checkout-places-order = This places your order. You’ll only be charged when you pay on the next page
checkout-the-deposit-now-the-rest-later = the deposit now, the rest later
conversation-messages = Messages
conversation-you = You
conversation-in-a-hurry = In a hurry?
error-your-payment = Your payment
error-you-were-charged-once = You were charged once.
error-refunded-way-paid = It is refunded the way you paid. You don’t need to do anything.
error-dont-know-whether-payment = We don’t know yet whether your payment went through. Please don’t pay again: your account shows the result.
error-your-items = Your items
error-still-held-for-you = Still held for you
error-until = until { $expires_at }
error-back-on-sale = Back on sale. You can try again while stock lasts.
error-nothing-is-held-for-you = Nothing is held for you.
error-go-to-your-account = Go to your account
error-back-to-the-sale = Back to the sale
error-if-you-contact-us-please-mention = If you contact us, please mention <span class="mono">{ $reference }</span>.
feedback-feedback-on = Feedback on { $sale_title }
feedback-thank-you = Thank you
feedback-sent-sales-team = Your feedback has been sent to our sales team.
feedback-of-5 = { $rating } of 5
feedback-how-was-it = How was it?
feedback-goes-to-sales-team = { $sale_title } from { $provider_name }. Your feedback goes to our sales team.
feedback-rating = Rating
feedback-poor = Poor
feedback-excellent = Excellent
feedback-comments-optional = Comments (optional)
feedback-what-went-well-what-didnt = What went well, what didn’t?
feedback-send-feedback = Send feedback
help-help-with-order = Help with order { $order_number }
help-help-with-this-order = Help with this order
help-how-can-we-help = How can we help?
help-about-message = About <a href="{ $sale_url }">{ $sale_title }</a> by { $provider_name }. Your message says so, too.
help-is-responsible-for = { $provider_name } is responsible for “{ $sale_title }”
help-buy-own-shop-handle = You buy it in their own shop, so they handle delivery, returns and refunds. Please ask them first
help-questions-about-website-dont = For questions about this website, or if they don’t reply, write to us below.
help-subject = Subject
help-message-hint = What happened, and what you’d like us to do
help-reply-email = We’ll reply here and by email to { $viewer_email }.
help-write-to-us = Write to us
help-sign-in-see-order-show = Sign in so that we can see your order and show you our reply. Without an account, call us or send an email.
help-sign-in-to-write = Sign in to write
help-contact = Contact { $brand_name }
help-your-conversations = Your conversations
home-and-other-flash-sales = { $featured_title } and other flash sales
home-tagline = { $tagline }. See what’s on sale now and what’s coming up.
home-ended = Ended
home-see-whats-coming = See what’s coming
home-also-on-now = Also on now
home-nothing-else-is-on-right-now = Nothing else is on right now.
home-nothing-is-on-right-now = Nothing is on right now.
home-the-next-sales-are-below = The next sales are below.
home-new-sales-are-announced-here-first = New sales are announced here first.
home-register-for-by = <a class="tap" href="{ $sale_url }">Register<span class="vh"> for { $sale_title }</span></a> by { $closes_at }
home-just-ended = Just ended
imprint-legal-form = { $brand_name } [legal form]
imprint-street-number-postal-code = [Street and number, postal code, city, country]
imprint-name = [Name]
imprint-court-or-register-number = [Court or register, number]
imprint-number = [Number]
invoice-issued-on = Issued on { $issued_on }
invoice-order-of = Order <a href="/orders/{ $order_number }">{ $order_number }</a> of { $supplied_at }
invoice-it-corrects-the-invoice = It corrects the invoice <a href="/orders/{ $order_number }/invoices/{ $corrects_number }">{ $corrects_number }</a>
invoice-open-as-pdf = Open as PDF
invoice-back-to-the-order = Back to the order
invoice-from = From
invoice-to = To
invoice-lines = Lines
invoice-unit-price = Unit price
invoice-tax = Tax
invoice-amount = Amount
invoice-sku = SKU { $sku }
invoice-discount = Discount { $discount }
invoice-credited = credited
invoice-net = Net
invoice-on = on { $net }
invoice-prices-charged = Prices as charged; no tax is shown.
landing-at = { $provider_name } at { $brand_name }
landing-sold-out = Sold out. Items that aren’t paid for in time go to the waitlist.
landing-this-sale-ended-on = This sale ended on { $ends_at }.
landing-this-sale-was-cancelled = This sale was cancelled.
landing-paused-please-check-back-later = Paused. Please check back later.
landing-when = When
landing-to = { $starts_at } to { $ends_at }
landing-how-many = How many
landing-in-total = { $capacity } in total.
landing-seller = Seller
landing-in-their-own-shop = in their own shop
order-thank-you-order = Thank you: order { $order_number }
order-deposit-of-paid = Deposit of { $due_now } paid
order-you-pay-in-cash-on-delivery = You pay { $cash_due } in cash on delivery
order-paid = Paid { $payment_amount }
order-with-the-card-ending-in = with the card ending in { $method_last4 }
order-kept-rest-due = Order { $order_number } is kept for you. The rest, { $rest_amount }, is due by { $due_on }.
order-order-is-paid = Order { $order_number } is paid.
order-order-is-confirmed = Order { $order_number } is confirmed.
order-were-sending-the-confirmation-to = We’re sending the confirmation to { $order_email }.
order-placed = Placed { $created_at }
order-finish-paying = Finish paying
order-pay-the-rest = Pay the rest, { $rest_amount }
order-give-feedback-on = Give feedback<span class="vh"> on { $line_title }</span>
order-refund-for-the-parcel-from = Refund for the parcel from { $provider_name }
order-not-shipped-time = <strong>Not shipped on time.</strong> { $provider_name } promised to ship by { $promised_ship_by }. You can have { $subtotal } refunded now, or keep waiting: the parcel will be sent as soon as it’s ready.
order-get-a-refund = Get a refund
order-voucher-codes = Voucher codes
order-anyone-code-use-keep = Anyone who has a code can use it, so keep it to yourself.
order-the-code-is-in-your-email = The code is in your email
order-valid-until = valid until { $valid_until }
order-voucher-redeemed-on = redeemed on { $redeemed_at }
order-voucher-expired-on = expired on { $valid_until }
order-voucher-void-refunded = void: refunded
order-refunds = Refunds
order-refunded-another-way-than-you-paid = refunded another way than you paid
order-not-refunded = could not be refunded yet; we’re working on it
order-is-being-refunded = is being refunded
order-bank-usually-shows-refund = Your bank usually shows a refund within 5 to 10 days.
order-invoices = Invoices
order-pdf-of = PDF<span class="vh"> of { $invoice_title } { $invoice_number }</span>
order-the-invoice-comes-from = The invoice comes from { $name }.
order-invoice-sold-follows = The invoice for what { $name } sold you follows. You get an email when it is here.
order-what-happened = What happened
order-what-happens-next = What happens next
order-waiting-payment-after-items = Your order is waiting for payment until { $pay_by }. After that the items go back on sale and nothing is charged.
order-waiting-payment = Your order is waiting for payment. The sale is paused, so your time to pay stands still: you can pay now, or once the sale resumes.
order-cancelled-nothing-sent = This order was cancelled and nothing will be sent.
order-goes-back-way-paid = { $refunded } goes back the way you paid. Your bank usually shows it within 5 working days.
order-left-deposit-not-refunded = What is left of the deposit is not refunded, as said when you ordered.
order-rest-not-paid-time = The rest was not paid in time.
order-deposit-not-refunded-ordered = The deposit of { $due_now } is not refunded, as said when you ordered.
order-refund-not-made = Your refund could not be made yet; we’re working on it.
order-nothing-charged-nothing-paid = Nothing was charged, and nothing is to be paid.
order-pay-rest-remind-email = Pay the rest, { $rest_amount }, by { $due_on }; we remind you by email. If it is not paid by { $last_day }, the order is cancelled
order-reservation-kept-confirmed-rest = Your reservation is kept for you, and confirmed once the rest is paid.
order-nothing-sent-rest-paid = Nothing is sent before the rest is paid.
order-vouchers-refunded-void = Your vouchers were refunded and are void.
order-was-refunded = { $refunded } was refunded.
order-refunded-nothing-sent = { $refunded } was refunded, and nothing will be sent.
order-something-wrong = If something isn’t right, contact us and we’ll put it right.
order-codes-page-email = Your codes are on this page and in your email. Nothing will be sent by post. If something isn’t right, contact us and we’ll put it right.
order-reservation-confirmed-page-confirmation = Your reservation is confirmed, and this page is your confirmation. Nothing will be sent by post. If something isn’t right, contact us and we’ll put it right.
order-parcel-came-back-seller = A parcel came back to its seller. We’ll contact you about sending it again or refunding it. You can also contact us.
order-seller-packs-hands-carrier = The seller packs it and hands it to a carrier.
order-email-tracking-number = You get an email with the tracking number.
order-it-arrives-at-the-address-below = It arrives at the address below.
order-you-pay-in-cash-there = You pay { $cash_due } in cash there
order-each-parcel-by-itself = each parcel by itself
order-not-taken-at-door = You did not take your order at the door. Nothing was charged, and nothing will be sent again.
order-part-way = Part of your order is on its way. You’ll get an email for each parcel that is shipped.
order-way-something-isnt-right = Your order is on its way. If something isn’t right, contact us and we’ll put it right.
order-deposit-paid = Deposit, paid
order-paid-2 = Paid
order-paid-on-delivery = Paid on delivery
order-nothing-more-to-pay = Nothing more to pay
order-not-accepted-on-delivery = Not accepted on delivery
order-payment-started = Payment started
order-with-ending-in = with { $method_brand } ending in { $method_last4 }
order-with = with { $method_brand }
payment-step-enter-the-code = Enter the code
payment-step-sent-code-confirms-order = We sent a code to { $sent_to }. It confirms order { $order_number } for <strong>{ $payment_amount }</strong>.
payment-step-code = Code
payment-step-confirming = Confirming…
payment-step-confirm = Confirm
payment-step-send-another-code = Send another code
payment-step-pay-another-way = Pay another way
payment-step-on-to-the-payment = On to the payment
payment-step-pay-order-provider = You pay <strong>{ $payment_amount }</strong> for order { $order_number } at our payment provider.
payment-step-continue-to-the-payment = Continue to the payment
payment-step-for-order = For order { $order_number }
payment-step-we-are-asking-your-bank = We are asking your bank
payment-step-not-know-whether-order = We do not know yet whether the payment of <strong>{ $payment_amount }</strong> for order { $order_number } went through.
payment-step-your-items-stay-held-for-it = Your items stay held for it.
payment-step-please-do-not-pay-again = Please do not pay again.
payment-step-page-asks-again-itself = This page asks again by itself. If nothing happens, <a href="{ $refresh_url }">ask now</a>.
payment-step-takes-longer-usual = It takes longer than usual. You can close this page: we go on asking, and email you as soon as the order is confirmed or has ended. You can also <a href="/orders/{ $order_number }">look at the order</a>.
payment-pay-rest-order-deposit = You pay the rest of order { $order_number }. Its deposit is paid.
payment-try-again-or-pay-another-way = { $failure } Try again, or pay another way.
payment-sandbox-test-payments-move = <span class="tag tag-dev">Sandbox</span> Test payments move no real money
payment-test-leads-test-bank = The test payment leads to a test bank, where you decide how the payment ends.
payment-providers-test-cards-work = Only the payment provider’s test cards work here.
payment-how-would-you-like-to-pay = How would you like to pay?
payment-mobile-number = Mobile number
payment-phone-hint = With the country code, like +49 30 5550 1420. We send a code to it if you pay on delivery.
payment-pay = Pay
payment-the-rest = the rest, { $rest_amount }
payment-now = { $due_now } now
payment-no-way-to-pay-order = There is no way to pay this order here at the moment.
payment-nothing-is-charged = Nothing is charged.
payment-items-held-time-above = Your items are held for you until the time above, and nothing is charged.
payment-ask-us-for-help = Ask us for help
payment-change-the-address-or-email = Change the address or email
privacy-what-we-store-and-why = What we store, and why
privacy-orders-bought-delivery-address = <strong>Your orders</strong>: what you bought, the delivery address, the state of the payment and the last digits of the card, so that sellers can ship and we can answer for the order. Card numbers are not stored. The seller of a parcel sees its address.
privacy-place-sale-items-held = <strong>Your place in a sale</strong>: items held for you, waitlists and registrations. The public receipt of a sale names nobody.
privacy-visits-sale-pages-page = <strong>Visits of sale pages</strong>: when a page was opened, by which link, and for how long it was visible. They are counted by a random number in a cookie, and sellers see only totals.
privacy-messages-write-emails-send = <strong>Messages</strong>: what you write to us, and the emails we send you.
privacy-cookies = Cookies
privacy-all-cookies-set-site = All cookies are set by this site alone. None follows you to other sites, and no advertiser reads them.
privacy-smp-session = smp_session
privacy-keeps-you-signed-in = keeps you signed in
privacy-smp-visitor-smp-visit = smp_visitor, smp_visit
privacy-keep-favourites-count-visit = keep your favourites, and count a visit once
privacy-keep-doing-sign-in-15 = keep what you were doing while you sign in, for 15 minutes
privacy-smp-flash = smp_flash
privacy-shows-message-next-page = shows a message on the next page, for a minute
privacy-your-rights = Your rights
privacy-responsible-imprint = Who is responsible is in the <a href="/imprint">imprint</a>.
readdress-change-your-details = Change your details
readdress-change-the-delivery-address = Change the delivery address
readdress-save-and-go-on-to-payment = Save and go on to payment
readdress-order-stays = Your order stays as it is. <a href="/checkout/{ $order_number }/payment">Go back without a change</a>
sale-pictures = Pictures
sale-the-seller = The seller
sale-reserve-directly-take-payment = You reserve directly with { $provider_name }, who take the payment, confirm your dates and handle changes and cancellations. { $brand_name } shows you the sale, and lists your reservation in your account once it is reported.
sale-buy-directly-take-payment = You buy directly from { $provider_name }, who take the payment, issue the code and redeem it. { $brand_name } shows you the sale, and lists your voucher in your account once it is reported.
sale-buy-directly-handle-payment = You buy directly from { $provider_name }, who handle payment, shipping and returns. { $brand_name } shows you the sale, and lists your purchase in your account once it is reported.
sale-takes-payment-gives-code = { $brand_name } takes the payment, gives you the code at once, and is responsible for your order.
sale-packs-ships = { $provider_name } packs and ships. { $brand_name } takes the payment, keeps you informed about your parcel, and is responsible for your order.
sale-legal-notice-and-terms-of = Legal notice and terms of { $provider_name }
sale-terms-of-sale = Terms of sale
sandbox-bank-test-bank = Test bank
sandbox-bank-sandbox-test-bank = <span class="tag tag-dev">Sandbox</span> Test bank
sandbox-bank-confirm-the-payment = Confirm the payment
sandbox-bank-not-real = This is not a real bank, and no real money is moved. { $brand_name } asks for <strong>{ $amount }</strong> for order { $order_number }. How does it end?
sandbox-bank-approve = Approve
sandbox-bank-decline = Decline
sandbox-bank-approve-ten-seconds-late = Approve, ten seconds late
sandbox-bank-approve-not-answer-thirty = Approve, but do not answer for thirty seconds
sandbox-bank-approve-with-refunds-twenty-seconds-late = Approve, with refunds twenty seconds late
sandbox-bank-cancel-and-go-back = Cancel and go back
seller-legal-notice-and-terms = { $seller_name }: legal notice and terms
seller-seller-on = Seller on { $brand_name }
seller-legal-notice = Legal notice
seller-not-published-full-address = { $seller_name } has not published a full address here yet. If you need it, <a href="/help">ask us</a>: { $brand_name } has vetted this seller.
seller-no-terms-own-beyond = { $seller_name } has no terms of its own beyond those on each sale’s page.
seller-pay-terms-apply = For what you pay here, the <a href="/terms">terms of { $brand_name }</a> apply as well.
sign-in-new-here-create-account = New here? <a href="/sign-up{ $next_query }">Create account</a>
sign-up-already-account = Already have an account? <a href="/sign-in{ $next_query }">Sign in to your account</a>
terms-whom-you-buy-from = Whom you buy from
terms-sales-sellers-named = Sales are by the sellers named on them. Where you pay here, { $brand_name } takes the payment and is responsible for your order. Where Buy leads to the seller’s own shop, you buy there, on that shop’s terms.
terms-holding-ordering-paying = Holding, ordering, paying
terms-press-buy-items-held = When you press Buy, items are held for you until the clock on the page reaches zero. A held item is not yet bought. Checking out places your order, and the contract is made when you’ve paid. What isn’t paid in time goes back on sale, and nothing is charged.
terms-when-everything-is-sold = When everything is sold
terms-press-buy-nothing-left = If you press Buy when nothing is left, you join the waitlist. Items that come free are offered in its order. Joining is free, obliges you to nothing, and can be undone at any time.
terms-limits = Limits
terms-sale-many-item-one = Each sale says how many of an item one person can buy. Accounts made to get around that can be closed.
terms-returns-and-refunds = Returns and refunds
terms-sale-sales-page-say = The terms of sale on each sale’s page say how goods can be returned. Your rights by law are not affected.
tracking-tracking-for-order = Tracking for order { $order_number }
tracking-where-is-my-parcel = Where is my parcel?
tracking-see-it-at = See it at { $carrier }
tracking-nothing-sent-post = Nothing is sent by post: your codes are on <a href="/orders/{ $order_number }">your order page</a>.
tracking-nothing-sent-post-2 = Nothing is sent by post: your reservation is confirmed on <a href="/orders/{ $order_number }">your order page</a>.
tracking-has-not-shipped-it-yet = { $provider_name } has not shipped it yet.
tracking-it-ships-by-at-the-latest = It ships by { $promised_ship_by } at the latest.
tracking-email-shipped = You’ll get an email when it’s shipped.
address-field-choose = Choose
address-form-for-your-confirmation-and-your-codes = For your confirmation and your codes
address-form-for-your-confirmation-and-delivery-updates = For your confirmation and delivery updates
address-form-list-countries-everything-order = The list has the countries that everything in your order ships to.
address-form-not-everything-ships-there = { $refused_country_name } (not everything ships there)
address-form-phone-optional = Phone (optional)
address-form-carrier-delivery-updates-text = For the carrier, and for delivery updates by text message
billing-facts-vat-id = VAT ID { $vat_id }
billing-form-the-same-as-above = The same as above
billing-form-the-same-as-the-delivery-address = The same as the delivery address
billing-form-another-address = Another address
billing-form-vat-id-optional = VAT ID (optional)
billing-form-business-customers-countrys-letters = For business customers, with its country’s letters first, like DE123456789. We check its form, and do not verify it with the authority.
card-form-loading-the-payment-providers-fields = Loading the payment provider’s fields…
card-form-enter-goes-straight-payment = What you enter goes straight to our payment provider. This shop does not see your card number.
card-form-paying-needs-javascript-because = Paying by card needs JavaScript, because the fields come from our payment provider. Turn it on and reload this page, or <a href="/checkout/{ $order_number }/payment">pay another way</a>. Nothing was charged.
choice-at-most-per-person = At most { $limit } per person
conversation-list-order = Order { $order_number } ·
conversation-state-waiting-for-our-reply = Waiting for our reply
conversation-state-answered = Answered
conversation-state-resolved = Resolved
deposit-due-buy = Deposit due when you buy: { $deposit_amount } each. The rest, { $rest } each, is due by { $rest_due_on }.
deposit-not-paid-order-cancelled = If it is not paid by { $last_day }, the order is cancelled and the deposit is
deposit-not = not
deposit-nor-is-it-when-you-cancel = nor is it when you cancel
error-summary-there-is-a-problem = There is a problem
error-text-address-mistyped-page-removed = The address may be mistyped, or the page may have been removed.
error-text-belongs-another-account-sign-in = If this belongs to another account of yours, sign in with that one.
error-text-someone-else-moment-faster = Someone else was a moment faster. Join the waitlist: items that aren’t paid for in time go to the shoppers on it.
error-text-held-items-clock-reached = We held the items for you until the clock reached zero. Then they went back to other shoppers.
error-text-time-up-payment-came = Your time was up when the payment came through, and other shoppers had bought the items. The order is cancelled.
error-text-no-longer-paid-nothing = It can no longer be paid, and nothing will be sent.
error-text-wait-moment = Please wait a moment: your account shows the order as soon as its payment has gone through.
error-text-not-started-ended = It has not started yet, or it has ended. Its page shows the dates.
error-text-nobody-buy-moment = Nobody can buy from it at the moment. Please try again later.
error-text-theres-limit-per-person = There’s a limit per person, so that everyone gets the same chance. Choose fewer, or check your cart.
error-text-shoppers-registered-sale-buy = Only shoppers who registered for this sale can buy. Its page shows when registration is open.
error-text-ask-feedback-after-purchase = We ask for feedback after a purchase, so that it can be trusted. We found no purchase from this sale in your account.
error-text-changed-completed-meantime = It was changed or completed in the meantime. Open the page again to see where it stands.
error-text-tried-often-short-time = This was tried too often in a short time, so nothing was done. Please try again in { $retry_after_seconds } second{ $retry_after_seconds ->
        [one] { "" }
       *[other] s
    }.
error-text-please-try-again-in = Please try again in
error-text-second = { $retry_after_seconds } second{ $retry_after_seconds ->
        [one] { "" }
       *[other] s
    }
error-text-a-few-seconds = a few seconds
error-text-you-wont-lose-anything-by-waiting = You won’t lose anything by waiting.
error-text-logged-trying-again-minute = The error has been logged. Trying again in a minute often helps.
error-text-something-form-address-missing = Something in the form or the address was missing or invalid. Go back, check it and try again.
error-title-page-not-found = Page not found
error-title-you-dont-have-access = You don’t have access
error-title-just-sold-out = Just sold out
error-title-your-time-ran-out = Your time ran out
error-title-sold-out-before-you-paid = Sold out before you paid
error-title-this-order-is-cancelled = This order is cancelled
error-title-your-payment-is-in-progress = Your payment is in progress
error-title-this-sale-is-not-open = This sale is not open
error-title-this-sale-is-paused = This sale is paused
error-title-youve-reached-the-limit-per-person = You’ve reached the limit per person
error-title-feedback-is-for-buyers = Feedback is for buyers
error-title-thats-no-longer-possible = That’s no longer possible
error-title-too-many-attempts = Too many attempts
error-title-were-very-busy-right-now = We’re very busy right now
error-title-something-went-wrong-on-our-side = Something went wrong on our side
error-title-we-couldnt-process-that = We couldn’t process that
footer-service = Service
footer-outbox-development = Outbox <span class="tag tag-dev">development</span>
header-home = Home,
header-main = Main
header-1-item = 1 item
header-items = { $count } items
hold-clock-held-for-you-until = Held for you <strong data-hold-time>until { $until }</strong>
hold-clock-nobody-else-buy-items = Nobody else can buy these items in the meantime. You are not charged until you pay.
hold-clock-go-back-to-the-sale-or = <a href="{ $sale_url }">Go back to the sale</a> or
hold-clock-see-whats-left-in-your-cart = see what’s left in your cart
kind-text-made-to-order = Made to order: { $provider_name } aims for { $quantity } in this sale. It ships { $ships_text } after the sale ends, by { $promised_by } at the latest. { $provider_name } is responsible for that date.
kind-text-buying-voucher = You’re buying a voucher. { $provider_name } issues the code, valid for { $voucher_valid_days ->
        [one] { $voucher_valid_days } day
       *[other] { $voucher_valid_days } days
    }. Nothing is sent by post.
kind-text-reserving-fixed-dates = You’re reserving fixed dates. { $provider_name } confirms the reservation. Nothing is sent by post.
kind-text-of-ordered-so-far = <strong>{ $ordered } of { $quantity }</strong> ordered so far
kind-text-target-reached = – target reached
kind-text-orders-towards-the-target = Orders towards the target
kind-text-made-to-order-2 = Made to order. Ships { $ships_text } after the sale ends, by { $promised_by } at the latest. If that date is missed, you can choose a refund or keep waiting.
kind-text-sale-ends-below-target = If the sale ends below its target, you get your money back.
kind-text-buying-voucher-2 = You’re buying a voucher. Each one is a code, sent by email and shown on your order page as soon as you’ve paid, and valid for { $voucher_valid_days ->
        [one] { $voucher_valid_days } day
       *[other] { $voucher_valid_days } days
    }. Nothing is sent by post.
legal-note-sample-text = <strong>A sample text.</strong> Whoever runs this installation replaces it, in <code>tenants/_default/theme/pages/{ $file }.hbs</code>, with a text that a lawyer has read.
line-details-voucher-by-email-valid-for = Voucher by email, valid for { $voucher_valid_days ->
        [one] { $voucher_valid_days } day
       *[other] { $voucher_valid_days } days
    }
not-shipped-there-not-sold-to-customers-in = Not sold to customers in
not-shipped-there-doesnt-ship-to = Doesn’t ship to
not-shipped-there-the-country-of-your-last-order = the country of your last order.
not-shipped-there-choose-address = If you have an address there, choose it at checkout.
order-state-rest-due-by = rest due by { $due_on }
order-state-partly-shipped = Partly shipped
order-state-complete = Complete
order-state-partly-refunded = Partly refunded
parcel-state-kept-until-the-rest-is-paid = Kept until the rest is paid
parcel-state-being-made = Being made
parcel-state-being-packed = Being packed
parcel-state-codes-issued = Codes issued
parcel-summary-your-order = Your order
payment-choice-test = Test
preview-note-preview-of-revision = Preview of revision { $revision_number }
preview-note-waiting-for-review = waiting for review
preview-note-rejected = rejected
preview-note-submitted-by = submitted by { $submitted_by_name }, { $submitted_at }. Shoppers cannot see this page, and nothing can be bought here. <a href="{ $portal_url }">Back to the portal</a>
price-from = from
price-now = Now
price-was = was
price-percent-off = { $saving_percent } percent off
quantity-hint-at-most = At most { $max_quantity }
quantity-hint-of-each = of each
quantity-hint-per-person = per person
rating-choice-of-5 = of 5
rest-due-paid-first = Paid first
rest-due-not-paid-order-cancelled = If the rest is not paid by { $last_day }, the order is cancelled
rest-due-we-remind-you-by-email = We remind you by email.
rest-terms-deposit-not-refunded-nor = and the deposit of { $due_now } is not refunded, nor is it when you cancel
rest-terms-and-the-deposit-of-is-refunded = and the deposit of { $due_now } is refunded
rest-terms-pay-first-not-refunded = and { $kept } of the { $due_now } that you pay first is not refunded, nor is it when you cancel
sale-actions-remove-from-favourites = Remove from favourites
sale-actions-add-to-favourites = Add to favourites
sale-actions-copy-link = Copy link
sale-actions-share = Share
sale-actions-more-ways-to-share = More ways to share
sale-actions-by-email = By email
sale-actions-on-facebook = On Facebook
sale-actions-on-x = On X
sale-row-ends = ends { $ends_at }
sale-row-starts = starts { $starts_at }
sale-state-few-left = Few left
sale-state-ended = Ended { $ends_at }
sale-state-register-by-starts = <strong>Register</strong> by { $closes_at } · Starts { $starts_at }
sale-state-starts = Starts { $starts_at }
sale-widget-sale = Sale
shipment-state-announced-to-the-carrier = Announced to the carrier
shipment-state-handed-over-to-the-carrier = Handed over to the carrier
shipping-conflicts-delivery = Delivery
shipping-conflicts-not-everything-ships-to = Not everything ships to { $refused_country_name }
shipping-conflicts-theres-no-country-all = There’s no country that all of these ship to
shipping-conflicts-ships-to = <a href="{ $sale_url }">{ $conflict_title }</a> ships to
shipping-conflicts-use-an-address-there-or = Use an address there, or
shipping-conflicts-remove = remove
shipping-conflicts-some-of-them = some of them
shipping-conflicts-from-your-cart = from your cart
shipping-conflicts-saved-address-stays = Your saved address stays as it is.
ships-to-countries-listed-terms-sale = { $countries } countries, listed in the <a href="#terms-title">terms of sale</a>.
ships-to-only = only.
sign-dialog-what-you = What you
sign-dialog-reserve = reserve
sign-dialog-buy = buy
sign-dialog-is-then-listed-in-your-account = is then listed in your account.
sign-dialog-new-here = New here?
sign-dialog-already-have-an-account = Already have an account?
sign-dialog-sign-in-instead = Sign in instead
sign-dialog-close = Close
sign-first-youre-not-signed-in = You’re not signed in.
sign-first-sign-in-before-it-starts = Sign in before it starts.
sign-reason-we-hold = As soon as you’ve signed in, we hold { $quantity } × { $pressed_title }
sign-reason-neednt-press-buy-again = for you. You needn’t press Buy again.
sign-reason-gone-join-waitlist-leave = If { $quantity ->
        [one] it’s
       *[other] they’re
    } gone by then, you join the waitlist, which you can leave at any time.
sign-reason-sign-in-buy = Sign in before you buy: then one press of Buy is enough.
sign-reason-sign-in-register-sale = Sign in to register for the sale. You’ll be registered as soon as you’ve signed in.
sign-reason-sign-in-see-page = Please sign in to see that page.
sign-up-terms-account-agree-privacy-notice = With an account you agree to our <a href="/terms">terms</a>. Our <a href="/privacy">privacy notice</a> says what we store.
steps-steps = Steps
stock-text-join-the-waitlist = – join the waitlist
stock-text-only-left = Only { $available } left
stock-text-left = { $available } left
widget-cancelled-on = on { $cancelled_at }
widget-cancelled-sale-orders-stand-pay = This sale was cancelled. Orders stand, and you can pay for items that are held for you until their time is up. What you bought is in <a href="/account">your account</a>.
widget-ended-ended-on = Ended on { $ends_at }
widget-ended-sale-over = This sale is over. If you bought something, it’s in <a href="/account">your account</a>.
widget-ended-download-receipt-stock-lists = <a href="/api/v1/sales/{ $sale_slug }/receipt" download>Download the receipt of its stock</a>. It lists every unit that was held, sold or freed, names nobody, and anyone can check it.
widget-halted-sale-paused = This sale is paused. Nothing is lost: orders stand, and you can pay for items that are held for you. Their time stands still until the sale resumes. <span class="js-only">This page updates by itself when the sale resumes.</span>
widget-held-time-pay-stands-sale = Your time to pay stands still while the sale is paused, with { $time_left } left.
widget-held-held-for-you-until = Held for you <span data-hold-time>until { $expires_at }</span>
widget-held-1-item = 1 item is held for you. Nobody else can buy it in the meantime.
widget-held-items-nobody-else-buy = { $quantity } items are held for you. Nobody else can buy them in the meantime.
widget-live-need-more = Need more?
widget-live-on-sale-at = On sale at { $provider_name }
widget-live-on-sale-now = On sale now
widget-live-last-item-sold = or when the last item is sold
widget-live-choose-your-dates = Choose your dates
widget-live-reserve-at = Reserve at { $provider_name }
widget-live-buy-voucher-at = Buy voucher at { $provider_name }
widget-live-buy-at = Buy at { $provider_name }
widget-live-youll-leave = You’ll leave { $brand_name }.
widget-live-the-cart-is-at = The cart is at <strong>{ $cart_host }</strong>.
widget-live-takes-payment-confirms-reservation = { $provider_name } takes the payment, confirms the reservation and is responsible for it.
widget-live-takes-payment-issues-code = { $provider_name } takes the payment, issues the code and is responsible for it.
widget-live-takes-payment-ships-responsible = { $provider_name } takes the payment, ships and is responsible for your order.
widget-live-shop-final-price-availability = { $provider_name }’s shop has the final price and availability.
widget-live-hold-items-pay = We hold your items for { $hold_time } while you pay.
widget-live-asked-sign-in-first-neednt = You’ll be asked to sign in first, and needn’t press again.
widget-live-ships-order = { $provider_name } ships your order; { $brand_name } takes the payment and is responsible for it.
widget-must-register-ends-last-item-sold = Ends { $ends_at }, or when the last item is sold.
widget-must-register-you-cant-buy-because-you = You can’t buy because you
widget-must-register-didnt-register = didn’t register
widget-must-register-havent-registered = haven’t registered
widget-must-register-only-shoppers-who-registered-can-buy = Only shoppers who registered can buy.
widget-must-register-already-registered-sign-in-to-buy = Already registered? <a href="/sign-in?next={ $sale_url }" data-sign-in="in">Sign in</a> to buy.
widget-registration-email-sale-starts = We’ll email you when the sale starts.
widget-registration-cancel-my-registration = Cancel my registration
widget-registration-registered-shoppers-buy-sale = Only registered shoppers can buy in this sale.
widget-registration-everyone-buy = Everyone can buy. If you register, we’ll remind you in time.
widget-registration-registration-opens-on = Registration opens on { $opens_at }
widget-registration-shoppers-register-buy-sale = Only shoppers who register by { $closes_at } can buy in this sale.
widget-registration-closes-everyone-buy = It closes on { $closes_at }. Everyone can buy. If you register, we’ll remind you in time.
widget-registration-registration-closed-on = Registration closed on { $closes_at }
widget-registration-shoppers-registered-buy-sale = Only shoppers who registered can buy in this sale.
widget-registration-did-sign-in-buy = If you did, <a href="/sign-in?next={ $sale_url }" data-sign-in="in">sign in</a> to buy.
widget-registration-everyone-buy-sale-starts = Everyone can buy when the sale starts.
widget-sold-out-reported-everything-set-aside = { $provider_name } has reported that everything it set aside for this sale is taken.
widget-sold-out-see-what-else-is-on = See what else is on
widget-sold-out-sale-reached-cap = The sale has reached its cap of { $capacity }.
widget-sold-out-every-item-someones-cart = Every item is sold or in someone’s cart. Items that aren’t paid for in time go to the waitlist, first come, first served.
widget-sold-out-take-fewer = I’ll take fewer if that’s all there is
widget-sold-out-join-the-waitlist = Join the waitlist
widget-sold-out-joining-free = Joining is free. When it’s your turn, we’ll email you and hold the items for { $offer_time }.
widget-soon-starts-on = Starts <span data-countdown-label="in">on { $starts_at }</span>
widget-soon-stay-page = Stay on this page: the Buy button appears here at that very second.
widget-soon-reload-this-page-then-to-buy = Reload this page then to buy.
widget-soon-starts-on-2 = Starts on { $starts_at }
widget-soon-at = At { $starts_at }
widget-soon-while-supplies-last = while supplies last
widget-soon-nobody-can-buy-before-then = Nobody can buy before then.
widget-waitlist-time-is-up-offer-goes-to = Your time is up, and the offer goes to the next shopper. Nothing was charged.
widget-waitlist-held-for-you = { $quantity } × { $item_name }{ $quantity ->
        [one] { " " }is
       *[other] { " " }are
    } held for you
widget-waitlist-time-pay-stands-sale = Your time to pay stands still while the sale is paused, with { $time_left } left
widget-waitlist-until = until { $offered_until }
widget-waitlist-dont-buy-time-next = If you don’t buy in time, { $quantity ->
        [one] it goes
       *[other] they go
    } to the next shopper on the waitlist.
widget-waitlist-youre-next-on-the-waitlist = You’re next on the waitlist
widget-waitlist-youre-number-on-the-waitlist = You’re number { $position } on the waitlist
widget-waitlist-youre-waiting-for = You’re waiting for { $quantity } × { $item_name }.
widget-waitlist-youll-accept-fewer = You’ll accept fewer.
widget-waitlist-want-all-none = You want all of them or none.
widget-waitlist-good-chance = You have a good chance: we’ll email you when it’s your turn.
widget-waitlist-fair-chance = You have a fair chance: we’ll email you when it’s your turn.
widget-waitlist-chances-low-email-unit = Your chances are low, but we’ll email you if a unit comes free.
widget-waitlist-leave-the-waitlist = Leave the waitlist
widget-waitlist-wait-for-all-of-them = Wait for all of them
widget-waitlist-accept-fewer = Accept fewer
tracking-parcel-cancelled-not-sent = This parcel was cancelled and will not be sent.
tracking-parcel-refunded-not-sent = This parcel was refunded and will not be sent.
footer-language = Language
footer-english = English
footer-deutsch = Deutsch
privacy-smp-locale = smp_locale
privacy-keeps-language-chose-year = keeps the language that you chose, for a year
security-email-address = Email address
security-not-confirmed = Not confirmed
security-confirm-it = Confirm it
security-new-email-address = New email address
security-send-link = We send a link to it. Your present address is told, and can take the change back for 7 days.
security-current-password = Current password
security-change-the-address = Change the address
security-change-set-password-first = To change it, set a password first.
security-stay-signed-in-other-devices = Stay signed in on my other devices
security-change-the-password = Change the password
security-account-no-password = Your account has no password. <a href="/forgot">Have a link sent to you</a> that sets one.
security-where-you-are-signed-in = Where you are signed in
security-since = Since { $created_at }
security-this-device = This device
security-sign-out = Sign out<span class="vh"> { $device }</span>
security-sign-out-on-all-other-devices = Sign out on all other devices
account-link-take-the-change-back = Take the change back?
account-link-becomes-address-again = <strong>{ $email }</strong> becomes the address of your account again. Everybody is signed out of it, and you set another password, because somebody else may know yours.
account-link-sign-in-emails-go = From now on you sign in with <strong>{ $email }</strong>, and our emails go there.
account-link-address-made = Is <strong>{ $email }</strong> the address of the account that you made here? If you made none, close this page: nothing happens then.
account-link-confirm = Confirm { $email }
account-phone-your-mobile-number = Your mobile number
account-phone-sent-code-valid-ten = We sent a code to <strong>{ $pending }</strong>. It is valid for ten minutes.
account-phone-remove-both-numbers = Remove both numbers
account-phone-enter-another-number = Enter another number
account-phone-text-text-about-choice = We text you at <strong>{ $number }</strong>. What we text you about is your choice under <a href="/account/messages">Messages</a>.
account-phone-answered-stop-one-texts = You answered STOP to one of our texts, so we send none to this number. To get texts again, send START to the number they came from.
account-phone-remove-this-number = Remove this number
account-phone-change-it = Change it
account-phone-mobile-number-text-sale = With a mobile number we can text you when a sale starts or when it’s your turn on a waitlist. We use it for nothing else, and you can stop it at any time.
account-phone-write-country-country-code = As you write it in your country, or with its country code
account-phone-text-me-a-code = Text me a code
checkout-keep-this = Keep this
checkout-billing-address = billing address
checkout-address = address
checkout-in-my-account = in my account
connect-connect-to-your-account = Connect { $label } to your account
connect-sign-in-account = From now on you can sign in to the account of { $email } with { $label }, too.
connect-account-address-already = There is an account with the address { $email } already. Show that it is yours, and you can sign in to it with { $label } from now on.
connect-password-of-your-account = Password of your account
connect-code-email = Or the code that we email you
connect-connect-and-sign-in = Connect and sign in
connect-email-me-a-code = Email me a code
connect-other-way = Do you sign in some other way? <a href="{ $sign_in_url }">Sign in</a> first, and we connect { $label } then.
erasure-name-addresses-choices-wrote = Your name, addresses, choices and what you wrote are deleted, and taken out of your orders. You are signed out everywhere. It cannot be undone.
erasure-delete-my-account = Delete my account
erasure-changed-mind = Changed your mind? Just leave this page: nothing happens. <a href="/">Go to the shop</a>
forgot-look-at-your-email = Look at your email
forgot-account-sent-link = If <strong>{ $sent_to }</strong> has an account, we sent a link to it. It works once, for 30 minutes.
forgot-nothing-look-spam-folder = Nothing there? Look in the spam folder, and check that the address is right.
forgot-try-another-address-or-sign-in = <a href="/forgot">Try another address</a> or <a href="/sign-in">sign in</a>
forgot-email-link-sets-another = We email you a link that sets another one.
forgot-email-me-a-link = Email me a link
forgot-back-to-sign-in = Back to sign in
my-address-change-an-address = Change an address
my-address-for-the-carrier = For the carrier
my-address-checkout-begins-with-this-address = Checkout begins with this address
my-address-go-back-without-a-change = Go back without a change
my-addresses-your-addresses = Your addresses
my-addresses-default-checkout-begins-with-it = <span class="tag tag-good">Default</span> Checkout begins with it.
my-addresses-change-the-address = Change<span class="vh"> the address { $lines }, { $saved_lines }</span>
my-addresses-make-default = Make default<span class="vh">: { $lines }, { $saved_lines }</span>
my-addresses-remove = Remove<span class="vh">: { $lines }, { $saved_lines }</span>
my-addresses-no-add-one-keep = No addresses yet. Add one here, or keep one at checkout, and you needn’t type it again.
my-addresses-account-keeps-20 = An account keeps at most 20 addresses. Remove one to add another.
my-data-your-data = Your data
my-data-a-copy-of-your-data = A copy of your data
my-data-everything-concerns-account-zip = Everything that concerns your account, as a ZIP of JSON files. We email you when it is ready; it can be downloaded for seven days, and asked for once a day.
my-data-asked-for-on = Asked for on { $requested_at }
my-data-can-be-downloaded-until = Can be downloaded until { $expires_at }
my-data-being-written = Being written
my-data-deleted = Deleted
my-data-download-the-copy-of = Download<span class="vh"> the copy of { $requested_at }</span>
my-data-kib = { $size_kib } KiB
my-data-ask-for-a-copy = Ask for a copy
my-data-name-addresses-choices-wrote = Your name, addresses, choices and what you wrote are deleted, and taken out of your orders. Payments and invoices stay as long as the law asks for it. Roles in a team end. It cannot be undone; you may sign up again with the same address.
my-data-it-is-not-possible-yet = It is not possible yet
my-data-your-password = Your password
my-data-email-link-delete-account = Email me a link to delete my account
my-data-what-we-do-with-your-data = What we do with your data
my-favourites-what-you-like = What you like
my-favourites-kept-browser = Kept for this browser. Sales that are over are not shown.
my-favourites-remove-from-your-favourites = Remove<span class="vh"> { $favourite_title } from your favourites</span>
my-favourites-no-press-heart-sales = No favourites yet. Press the heart on a sale’s page to find it here. <a href="/#on-now">See what’s on now</a>
my-favourites-reminders = Reminders
my-favourites-email-15-minutes-starts = You get an email 15 minutes before each of them starts.
my-favourites-dont-remind-me-of = Don’t remind me<span class="vh"> of { $reminder_title }</span>
my-favourites-none-sales-without-registration = None. Sales without registration have a button for it before they start.
my-favourites-sellers-you-follow = Sellers you follow
my-favourites-since = Since { $followed_at }
my-favourites-unfollow = Unfollow<span class="vh"> { $follow_name }</span>
my-favourites-nobody-follow-seller-page = Nobody yet. Follow a seller on its page, and you get an email when it announces a new sale.
my-messages-messages-to-you = Messages to you
my-messages-know-always-sent = What you have to know is always sent: about your account and its security, and about orders, payments and refunds. The rest is yours to choose.
my-messages-by-text-message = By text message
my-messages-to-the-phone-of-the-order = to the phone of the delivery address
my-messages-to = to { $phone }
my-messages-for-text-messages-add-and-confirm = For the other text messages, <a href="/account/phone">add and confirm a phone number</a>; without one, none of them is sent.
my-profile-your-profile = Your profile
my-profile-others-read-customer-service = As others read it, such as customer service
my-profile-as-my-browser-says = As my browser says
my-profile-time-zone-optional = Time zone (optional)
my-profile-type-city-like-berlin = Type a city, like Berlin, and choose. Times in emails to you are then in this zone.
my-profile-how-we-reach-you = How we reach you
my-profile-change-your-email-address = Change your email address
my-profile-change-your-phone-number = Change your phone number
my-profile-none-add-a-phone-number = None · <a href="/account/phone">Add a phone number</a>
payment-first-confirm-your-email-address = First, confirm your email address
payment-sent-code-six-digits = We sent a code of six digits to <strong>{ $verify_email }</strong>. Enter it to go on to the payment.
payment-items-held-time-above-2 = Your items are held until the time above, and no longer for it.
privacy-account-name-email-address = <strong>Your account</strong>: name, email address and a hash of your password, so that you can sign in; the language, time zone, addresses and messages that you chose; sellers you follow and sales you are reminded of.
privacy-smp-device = smp_device
privacy-tells-browser-signed-in-new = tells a browser you have signed in with from a new one, for 400 days after you signed in last
privacy-smp-press-smp-register = smp_press, smp_register, smp_wish, smp_typed
privacy-download-copy-data-delete = You can <a href="/account/privacy">download a copy of your data or delete your account</a> yourself. You can also ask us what we store about you, have it corrected or erased, and object to its use. Write to <a href="mailto:{ $support_email }">{ $support_email }</a>. You can also complain to a data protection authority.
recovery-codes-your-recovery-codes = Your recovery codes
recovery-codes-second-factor = The second factor is on. Signing in asks for a code from now on.
recovery-codes-lose-phone-signs-instead = If you lose your phone, each of these signs you in once instead of the app’s code. Keep them where you keep other important papers, not on the phone.
recovery-codes-your-earlier-codes-no-longer-work = Your earlier codes no longer work.
recovery-codes-they-are-shown-only-now = They are shown only now.
recovery-codes-i-have-kept-them = I have kept them
reset-account-signed-out-all-devices = For the account of <strong>{ $email }</strong>. You are signed out on all devices.
reset-set-the-password = Set the password
second-factor-change-set-up-another-authenticator-app = You set up another authenticator app on the next page. Until that is done, the present one stays in use.
second-factor-change-ten-new-codes = You get ten new codes. The earlier ones no longer work.
second-factor-change-signing-in-ask-password-alone = Signing in will ask for your password alone.
second-factor-change-six-digits-authenticator-app = Six digits of your authenticator app, or a recovery code
second-factor-change-go-on = Go on
second-factor-change-make-new-codes = Make new codes
second-factor-scan-picture-authenticator-app = Scan this picture with an authenticator app on your phone, such as Aegis, Google Authenticator or 1Password.
second-factor-qr-code-for-your-authenticator-app = QR code for your authenticator app
second-factor-phone-open-app-type = You are on your phone? <a href="{ $app_url }">Open the app</a>. Or type this key into it: <code class="secret">{ $secret }</code>
second-factor-type-six-digits-app = Type the six digits that the app shows now.
second-factor-use-this-app-from-now-on = Use this app from now on
second-factor-turn-on-the-second-factor = Turn on the second factor
second-factor-begin-again-with-another-key = Begin again with another key
second-factor-sign-in-smp-asks-six = When you sign in, SMP then asks for six digits that your phone shows, in addition to your password. Whoever learns the password alone cannot get in.
second-factor-need-authenticator-app-phone = You need an authenticator app on your phone, such as Aegis, Google Authenticator or 1Password.
second-factor-set-up-another-app = Set up another app
second-factor-set-up = Set up
seller-unfollow = Unfollow
seller-follow = Follow
seller-email-announces-new-sale = You get an email when { $seller_name } announces a new sale.
seller-email-announces-new-sale-2 = Get an email when { $seller_name } announces a new sale.
sign-in-code-account-second-factor = Your account has a second factor. Open your authenticator app and type the six digits that it shows for SMP.
sign-in-code-six-digits-one-recovery = Six digits, or one of your recovery codes if you don’t have your phone
sign-in-code-lost-both-app-recovery = Lost both the app and your recovery codes? Write to <a href="mailto:{ $support_email }">{ $support_email }</a>. <a href="/sign-in{ $next_query }">Sign in as somebody else</a>
sign-in-failed-not-connected = Not connected
sign-in-failed-not-signed-in = Not signed in
sign-in-failed-nothing-was-connected = Nothing was connected
sign-in-failed-you-are-not-signed-in = You are not signed in
sign-in-failed-back-to-your-accounts-security = Back to your account’s security
sign-in-failed-back-to-sign-in = Back to sign-in
sign-up-send-code-need-pay = We send a code to it that you need when you pay. Order confirmations go here, too.
unsubscribe-you-are-unsubscribed = You are unsubscribed
unsubscribe-unsubscribe = Unsubscribe
unsubscribe-you-get-no-more-emails-with = You get no more emails with
unsubscribe-emails-need-about-orders = Emails that you need, such as those about your orders and your account, still come.
unsubscribe-unsubscribe-2 = Unsubscribe?
unsubscribe-no-more-emails = You would get no more emails with
unsubscribe-account-choose-messages = In your account you can <a href="/account/messages">choose which messages you get</a>.
verify-sent-code-six-digits = We sent a code of six digits to <strong>{ $email }</strong>. Enter it here, or open the link in that email. You need this once, before you pay.
account-nav-overview = Overview
account-nav-profile = Profile
account-nav-addresses = Addresses
error-text-links-emails-work-limited = The links in our emails work once, and for a limited time.
error-title-this-link-doesnt-work = This link doesn’t work
message-kind-reminders-start-sale = reminders of the start of a sale
message-kind-news-waitlists-offers-turn = news of waitlists, such as offers when it is your turn
message-kind-news-orders-way = news of orders that are on their way
message-kind-new-sales-of-sellers-you-follow = new sales of sellers you follow
message-kind-news-teams-new-applications = news for teams, such as new applications and questions
passkey-sign-in-sign-in-with-a-passkey = Sign in with a passkey
security-second-factor-second-factor = Second factor
security-second-factor-on = On since { $confirmed_at }. Signing in asks for a code of your authenticator app.
security-second-factor-one-recovery-code-is-left = One recovery code is left.
security-second-factor-recovery-codes-are-left = { $recovery_codes_left } recovery codes are left.
security-second-factor-off-signing-asks-six = Off. With it, signing in also asks for six digits that your phone shows, so that a stolen password is not enough.
security-sign-in-methods-other-ways-to-sign-in = Other ways to sign in
security-sign-in-methods-change-anything-sign-in-again = To change anything here, <a href="{ $sign_in_url }">sign in again</a>: that takes a sign-in of the last 15 minutes.
security-sign-in-methods-connected = connected { $connected_at }
security-sign-in-methods-last-used = · last used { $used_at }
security-sign-in-methods-only-way = Your only way to sign in. Set a password or add another way before you disconnect it.
security-sign-in-methods-disconnect = Disconnect<span class="vh"> { $label }</span>
security-sign-in-methods-passkeys = Passkeys
security-sign-in-methods-passkey-signs-devices-fingerprint = A passkey signs you in with your device’s fingerprint, face or PIN, without a password.
security-sign-in-methods-added = Added { $created_at }
security-sign-in-methods-not-used-yet = · not used yet
security-sign-in-methods-only-way-2 = Your only way to sign in. Set a password or add another way before you remove it.
security-sign-in-methods-remove = Remove<span class="vh"> { $passkey_name }</span>
security-sign-in-methods-add-passkey-turn-javascript = To add a passkey, turn JavaScript on: the browser offers them to scripts alone.
security-sign-in-methods-name-of-this-device = Name of this device
security-sign-in-methods-tell-passkeys-apart-like = So that you tell your passkeys apart, like “Ada’s phone”
security-sign-in-methods-add-a-passkey = Add a passkey
sign-dialog-sign-in-another-way = Sign in another way
sign-in-choices-or = or
sign-in-choices-continue-with = Continue with { $label }
sign-reason-sign-in-reminded-sale = Sign in to be reminded of the sale. The reminder is set as soon as you’ve signed in.
sign-reason-sign-in-follow-seller = Sign in to follow this seller. You’ll follow it as soon as you’ve signed in.
widget-registration-text-me-too-when-it-starts = Text me too when it starts
widget-reminder-well-remind-you = We’ll remind you
widget-reminder-email-15-minutes-sale = You get an email 15 minutes before the sale starts.
widget-reminder-dont-remind-me = Don’t remind me
widget-reminder-no-registration-needed = No registration needed: everyone can buy. We can email you 15 minutes before the start.
widget-reminder-remind-me = Remind me
widget-sold-out-text-turn = Text me too when it’s my turn
widget-soon-add-the-start-to-your-calendar = Add the start to your calendar
cash-code-confirms-order = { $code } is your code to confirm order { $order_number }: { $amount } in cash on delivery. It is valid for { $minutes } minutes. Tell it to nobody.
cash-code-confirms-your-order = { $code } is your code to confirm your order: { $amount } in cash on delivery. It is valid for { $minutes } minutes. Tell it to nobody.
phone-code-valid-minutes-tell-nobody = { $code } is your { $brand_name } code. It is valid for { $minutes } minutes. Tell it to nobody. @{ $host } #{ $code }
sale-started-reply-stop-end-texts = { $brand_name }: { $sale_title } has started. { $sale_url } - Reply STOP to end texts.
shipped-parcel-way-tracking-number = Your parcel from { $provider_name } is on its way with { $carrier }. Tracking number: { $tracking_number }. Track it: { $url }
start-reminder-starts-reply-stop-end = { $brand_name }: { $sale_title } starts at { $starts_at }. { $sale_url } - Reply STOP to end texts.
waitlist-offer-turn-x-held-pay = { $brand_name }: It's your turn. { $quantity } x { $sale_title } held for you until { $expires_at }. Pay at { $url } - Reply STOP to end texts.
