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
account-no-orders-yet-your-orders-and = No orders yet. Your orders and their tracking will appear here. <a href="/#on-now">See what’s on now</a>
account-bought-in-sellers-own-shops = Bought in sellers’ own shops
account-reported-to-us-by-the-seller = Reported to us by the seller, who is responsible for these purchases.
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
account-no-conversations-yet-contact-us-with = No conversations yet. <a href="/help">Contact us</a> with any question.
cancel-order-cancel-order = Cancel order { $order_number }
cancel-order-cancel-order-2 = Cancel order { $order_number }?
cancel-order-nothing-of-it-has-been-shipped = Nothing of it has been shipped yet, so you can cancel the whole order.
cancel-order-the-sellers-are-told-not-to = The sellers are told not to send it, and the items go back on sale. They may be gone if you change your mind.
cancel-order-goes-back-the-way-you-paid = { $refund } goes back the way you paid. We send it at once; your bank usually shows it within 5 working days.
cancel-order-you-were-going-to-pay-on = You were going to pay on delivery, so nothing was charged.
cancel-order-this-cannot-be-undone = This cannot be undone.
cancel-order-cancel-the-order = Cancel the order
cancel-order-and-refund = and refund { $refund }
cancel-order-keep-the-order = Keep the order
cart-order-is-waiting-for-payment = Order { $order_number } is waiting for payment
cart-pay-by-we-hold-your-items = Pay by { $pay_by }; we hold your items until then.
cart-finish-paying-order = Finish paying<span class="vh"> order { $order_number }</span>
cart-you-began-to-check-out-of = <strong>You began to check out { $units } of these items</strong>, priced in { $currency }. What you typed is kept. <a href="{ $checkout_url }">Continue checkout<span class="vh"> in { $currency }</span></a>
cart-your-hold-on-these-ran-out = Your hold on these ran out
cart-they-went-back-on-sale-nothing = They went back on sale. Nothing was charged. You can try again while stock lasts.
cart-your-cart-has-prices-in-more = <strong>Your cart has prices in more than one currency.</strong> Each currency is an order of its own: check out one, pay, and come back for the other. Everything stays held until its time is up.
cart-choose-what-to-pay-for-now = Choose what to pay for now. The rest stays in your cart until its time is up.
cart-paused-your-time-to-pay-stands = Paused: your time to pay stands still, with { $time_left } left
cart-held-until = Held until { $expires_at }
cart-pay-for-it-now = Pay for it now
cart-remove = Remove
cart-in = In { $currency }: <span class="amount amount-large">{ $sum }</span>
cart-check-out-what-is-priced-in = Check out<span class="vh"> what is priced in { $currency }</span>
cart-total-of-everything = Total of everything
cart-check-out = Check out
cart-items-you-remove-go-back-on = Items you remove go back on sale at once.
cart-your-cart-is-empty = Your cart is empty.
cart-when-you-press-buy-we-hold = When you press Buy, we hold the items here for a few minutes.
checkout-keep-this-address-for-later = Keep this address for later
checkout-continue-to-payment = Continue to payment
checkout-this-places-your-order-youll-only = This places your order. You’ll only be charged when you pay on the next page
checkout-the-deposit-now-the-rest-later = the deposit now, the rest later
conversation-messages = Messages
conversation-you = You
conversation-in-a-hurry = In a hurry?
error-your-payment = Your payment
error-you-were-charged-once = You were charged once.
error-it-is-refunded-the-way-you = It is refunded the way you paid. You don’t need to do anything.
error-we-dont-know-yet-whether-your = We don’t know yet whether your payment went through. Please don’t pay again: your account shows the result.
error-your-items = Your items
error-still-held-for-you = Still held for you
error-until = until { $expires_at }
error-back-on-sale-you-can-try = Back on sale. You can try again while stock lasts.
error-nothing-is-held-for-you = Nothing is held for you.
error-go-to-your-account = Go to your account
error-back-to-the-sale = Back to the sale
error-if-you-contact-us-please-mention = If you contact us, please mention <span class="mono">{ $reference }</span>.
feedback-feedback-on = Feedback on { $sale_title }
feedback-thank-you = Thank you
feedback-your-feedback-has-been-sent-to = Your feedback has been sent to our sales team.
feedback-of-5 = { $rating } of 5
feedback-how-was-it = How was it?
feedback-from-your-feedback-goes-to-our = { $sale_title } from { $provider_name }. Your feedback goes to our sales team.
feedback-rating = Rating
feedback-poor = Poor
feedback-excellent = Excellent
feedback-comments-optional = Comments (optional)
feedback-what-went-well-what-didnt = What went well, what didn’t?
feedback-send-feedback = Send feedback
help-help-with-order = Help with order { $order_number }
help-help-with-this-order = Help with this order
help-how-can-we-help = How can we help?
help-about-by-your-message-says-so = About <a href="{ $sale_url }">{ $sale_title }</a> by { $provider_name }. Your message says so, too.
help-is-responsible-for = { $provider_name } is responsible for “{ $sale_title }”
help-you-buy-it-in-their-own = You buy it in their own shop, so they handle delivery, returns and refunds. Please ask them first
help-for-questions-about-this-website-or = For questions about this website, or if they don’t reply, write to us below.
help-subject = Subject
help-what-happened-and-what-youd-like = What happened, and what you’d like us to do
help-well-reply-here-and-by-email = We’ll reply here and by email to { $viewer_email }.
help-write-to-us = Write to us
help-sign-in-so-that-we-can = Sign in so that we can see your order and show you our reply. Without an account, call us or send an email.
help-sign-in-to-write = Sign in to write
help-contact = Contact { $brand_name }
help-your-conversations = Your conversations
home-and-other-flash-sales = { $featured_title } and other flash sales
home-see-whats-on-sale-now-and = { $tagline }. See what’s on sale now and what’s coming up.
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
imprint-street-and-number-postal-code-city = [Street and number, postal code, city, country]
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
invoice-prices-as-charged-no-tax-is = Prices as charged; no tax is shown.
landing-at = { $provider_name } at { $brand_name }
landing-sold-out-items-that-arent-paid = Sold out. Items that aren’t paid for in time go to the waitlist.
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
order-order-is-kept-for-you-the = Order { $order_number } is kept for you. The rest, { $rest_amount }, is due by { $due_on }.
order-order-is-paid = Order { $order_number } is paid.
order-order-is-confirmed = Order { $order_number } is confirmed.
order-were-sending-the-confirmation-to = We’re sending the confirmation to { $order_email }.
order-placed = Placed { $created_at }
order-finish-paying = Finish paying
order-pay-the-rest = Pay the rest, { $rest_amount }
order-give-feedback-on = Give feedback<span class="vh"> on { $line_title }</span>
order-refund-for-the-parcel-from = Refund for the parcel from { $provider_name }
order-not-shipped-on-time-promised-to = <strong>Not shipped on time.</strong> { $provider_name } promised to ship by { $promised_ship_by }. You can have { $subtotal } refunded now, or keep waiting: the parcel will be sent as soon as it’s ready.
order-get-a-refund = Get a refund
order-voucher-codes = Voucher codes
order-anyone-who-has-a-code-can = Anyone who has a code can use it, so keep it to yourself.
order-void = <s class="voucher-code">{ $code }</s> void
order-the-code-is-in-your-email = The code is in your email
order-valid-until = valid until { $valid_until }
order-refunds = Refunds
order-refunded-another-way-than-you-paid = refunded another way than you paid
order-could-not-be-refunded-yet-were = could not be refunded yet; we’re working on it
order-is-being-refunded = is being refunded
order-your-bank-usually-shows-a-refund = Your bank usually shows a refund within 5 to 10 days.
order-invoices = Invoices
order-pdf-of = PDF<span class="vh"> of { $invoice_title } { $invoice_number }</span>
order-the-invoice-comes-from = The invoice comes from { $name }.
order-the-invoice-for-what-sold-you = The invoice for what { $name } sold you follows. You get an email when it is here.
order-what-happened = What happened
order-what-happens-next = What happens next
order-your-order-is-waiting-for-payment = Your order is waiting for payment until { $pay_by }. After that the items go back on sale and nothing is charged.
order-your-order-is-waiting-for-payment-2 = Your order is waiting for payment. The sale is paused, so your time to pay stands still: you can pay now, or once the sale resumes.
order-this-order-was-cancelled-and-nothing = This order was cancelled and nothing will be sent.
order-goes-back-the-way-you-paid = { $refunded } goes back the way you paid. Your bank usually shows it within 5 working days.
order-what-is-left-of-the-deposit = What is left of the deposit is not refunded, as said when you ordered.
order-the-rest-was-not-paid-in = The rest was not paid in time.
order-the-deposit-of-is-not-refunded = The deposit of { $due_now } is not refunded, as said when you ordered.
order-your-refund-could-not-be-made = Your refund could not be made yet; we’re working on it.
order-nothing-was-charged-and-nothing-is = Nothing was charged, and nothing is to be paid.
order-pay-the-rest-by-we-remind = Pay the rest, { $rest_amount }, by { $due_on }; we remind you by email. If it is not paid by { $last_day }, the order is cancelled
order-your-reservation-is-kept-for-you = Your reservation is kept for you, and confirmed once the rest is paid.
order-nothing-is-sent-before-the-rest = Nothing is sent before the rest is paid.
order-your-vouchers-were-refunded-and-are = Your vouchers were refunded and are void.
order-was-refunded = { $refunded } was refunded.
order-was-refunded-and-nothing-will-be = { $refunded } was refunded, and nothing will be sent.
order-if-something-isnt-right-contact-us = If something isn’t right, contact us and we’ll put it right.
order-your-codes-are-on-this-page = Your codes are on this page and in your email. Nothing will be sent by post. If something isn’t right, contact us and we’ll put it right.
order-your-reservation-is-confirmed-and-this = Your reservation is confirmed, and this page is your confirmation. Nothing will be sent by post. If something isn’t right, contact us and we’ll put it right.
order-a-parcel-came-back-to-its = A parcel came back to its seller. We’ll contact you about sending it again or refunding it. You can also contact us.
order-the-seller-packs-it-and-hands = The seller packs it and hands it to a carrier.
order-you-get-an-email-with-the = You get an email with the tracking number.
order-it-arrives-at-the-address-below = It arrives at the address below.
order-you-pay-in-cash-there = You pay { $cash_due } in cash there
order-each-parcel-by-itself = each parcel by itself
order-you-did-not-take-your-order = You did not take your order at the door. Nothing was charged, and nothing will be sent again.
order-part-of-your-order-is-on = Part of your order is on its way. You’ll get an email for each parcel that is shipped.
order-your-order-is-on-its-way = Your order is on its way. If something isn’t right, contact us and we’ll put it right.
order-deposit-paid = Deposit, paid
order-paid-2 = Paid
order-paid-on-delivery = Paid on delivery
order-nothing-more-to-pay = Nothing more to pay
order-not-accepted-on-delivery = Not accepted on delivery
order-payment-started = Payment started
order-with-ending-in = with { $method_brand } ending in { $method_last4 }
order-with = with { $method_brand }
payment-step-enter-the-code = Enter the code
payment-step-we-sent-a-code-to-it = We sent a code to { $sent_to }. It confirms order { $order_number } for <strong>{ $payment_amount }</strong>.
payment-step-code = Code
payment-step-confirming = Confirming…
payment-step-confirm = Confirm
payment-step-send-another-code = Send another code
payment-step-pay-another-way = Pay another way
payment-step-on-to-the-payment = On to the payment
payment-step-you-pay-for-order-at-our = You pay <strong>{ $payment_amount }</strong> for order { $order_number } at our payment provider.
payment-step-continue-to-the-payment = Continue to the payment
payment-step-for-order = For order { $order_number }
payment-step-we-are-asking-your-bank = We are asking your bank
payment-step-we-do-not-know-yet-whether = We do not know yet whether the payment of <strong>{ $payment_amount }</strong> for order { $order_number } went through.
payment-step-your-items-stay-held-for-it = Your items stay held for it.
payment-step-please-do-not-pay-again = Please do not pay again.
payment-step-this-page-asks-again-by-itself = This page asks again by itself. If nothing happens, <a href="{ $refresh_url }">ask now</a>.
payment-step-it-takes-longer-than-usual-you = It takes longer than usual. You can close this page: we go on asking, and email you as soon as the order is confirmed or has ended. You can also <a href="/orders/{ $order_number }">look at the order</a>.
payment-you-pay-the-rest-of-order = You pay the rest of order { $order_number }. Its deposit is paid.
payment-try-again-or-pay-another-way = { $failure } Try again, or pay another way.
payment-sandbox-test-payments-move-no-real = <span class="tag tag-dev">Sandbox</span> Test payments move no real money
payment-the-test-payment-leads-to-a = The test payment leads to a test bank, where you decide how the payment ends.
payment-only-the-payment-providers-test-cards = Only the payment provider’s test cards work here.
payment-how-would-you-like-to-pay = How would you like to pay?
payment-mobile-number = Mobile number
payment-with-the-country-code-like-49 = With the country code, like +49 30 5550 1420. We send a code to it if you pay on delivery.
payment-pay = Pay
payment-the-rest = the rest, { $rest_amount }
payment-now = { $due_now } now
payment-there-is-no-way-to-pay = There is no way to pay this order here at the moment.
payment-nothing-is-charged = Nothing is charged.
payment-your-items-are-held-for-you = Your items are held for you until the time above, and nothing is charged.
payment-ask-us-for-help = Ask us for help
payment-change-the-address-or-email = Change the address or email
privacy-what-we-store-and-why = What we store, and why
privacy-your-orders-what-you-bought-the = <strong>Your orders</strong>: what you bought, the delivery address, the state of the payment and the last digits of the card, so that sellers can ship and we can answer for the order. Card numbers are not stored. The seller of a parcel sees its address.
privacy-your-place-in-a-sale-items = <strong>Your place in a sale</strong>: items held for you, waitlists and registrations. The public receipt of a sale names nobody.
privacy-visits-of-sale-pages-when-a = <strong>Visits of sale pages</strong>: when a page was opened, by which link, and for how long it was visible. They are counted by a random number in a cookie, and sellers see only totals.
privacy-messages-what-you-write-to-us = <strong>Messages</strong>: what you write to us, and the emails we send you.
privacy-cookies = Cookies
privacy-all-cookies-are-set-by-this = All cookies are set by this site alone. None follows you to other sites, and no advertiser reads them.
privacy-smp-session = smp_session
privacy-keeps-you-signed-in = keeps you signed in
privacy-smp-visitor-smp-visit = smp_visitor, smp_visit
privacy-keep-your-favourites-and-count-a = keep your favourites, and count a visit once
privacy-keep-what-you-were-doing-while = keep what you were doing while you sign in, for 15 minutes
privacy-smp-flash = smp_flash
privacy-shows-a-message-on-the-next = shows a message on the next page, for a minute
privacy-your-rights = Your rights
privacy-who-is-responsible-is-in-the = Who is responsible is in the <a href="/imprint">imprint</a>.
readdress-change-your-details = Change your details
readdress-change-the-delivery-address = Change the delivery address
readdress-save-and-go-on-to-payment = Save and go on to payment
readdress-your-order-stays-as-it-is = Your order stays as it is. <a href="/checkout/{ $order_number }/payment">Go back without a change</a>
sale-pictures = Pictures
sale-the-seller = The seller
sale-you-reserve-directly-with-who-take = You reserve directly with { $provider_name }, who take the payment, confirm your dates and handle changes and cancellations. { $brand_name } shows you the sale, and lists your reservation in your account once it is reported.
sale-you-buy-directly-from-who-take = You buy directly from { $provider_name }, who take the payment, issue the code and redeem it. { $brand_name } shows you the sale, and lists your voucher in your account once it is reported.
sale-you-buy-directly-from-who-handle = You buy directly from { $provider_name }, who handle payment, shipping and returns. { $brand_name } shows you the sale, and lists your purchase in your account once it is reported.
sale-takes-the-payment-gives-you-the = { $brand_name } takes the payment, gives you the code at once, and is responsible for your order.
sale-packs-and-ships-takes-the-payment = { $provider_name } packs and ships. { $brand_name } takes the payment, keeps you informed about your parcel, and is responsible for your order.
sale-legal-notice-and-terms-of = Legal notice and terms of { $provider_name }
sale-terms-of-sale = Terms of sale
sandbox-bank-test-bank = Test bank
sandbox-bank-sandbox-test-bank = <span class="tag tag-dev">Sandbox</span> Test bank
sandbox-bank-confirm-the-payment = Confirm the payment
sandbox-bank-this-is-not-a-real-bank = This is not a real bank, and no real money is moved. { $brand_name } asks for <strong>{ $amount }</strong> for order { $order_number }. How does it end?
sandbox-bank-approve = Approve
sandbox-bank-decline = Decline
sandbox-bank-approve-ten-seconds-late = Approve, ten seconds late
sandbox-bank-approve-but-do-not-answer-for = Approve, but do not answer for thirty seconds
sandbox-bank-approve-with-refunds-twenty-seconds-late = Approve, with refunds twenty seconds late
sandbox-bank-cancel-and-go-back = Cancel and go back
seller-legal-notice-and-terms = { $seller_name }: legal notice and terms
seller-seller-on = Seller on { $brand_name }
seller-legal-notice = Legal notice
seller-has-not-published-a-full-address = { $seller_name } has not published a full address here yet. If you need it, <a href="/help">ask us</a>: { $brand_name } has vetted this seller.
seller-has-no-terms-of-its-own = { $seller_name } has no terms of its own beyond those on each sale’s page.
seller-for-what-you-pay-here-the = For what you pay here, the <a href="/terms">terms of { $brand_name }</a> apply as well.
sign-in-new-here-create-account = New here? <a href="/sign-up{ $next_query }">Create account</a>
sign-up-already-have-an-account-sign-in = Already have an account? <a href="/sign-in{ $next_query }">Sign in to your account</a>
terms-whom-you-buy-from = Whom you buy from
terms-sales-are-by-the-sellers-named = Sales are by the sellers named on them. Where you pay here, { $brand_name } takes the payment and is responsible for your order. Where Buy leads to the seller’s own shop, you buy there, on that shop’s terms.
terms-holding-ordering-paying = Holding, ordering, paying
terms-when-you-press-buy-items-are = When you press Buy, items are held for you until the clock on the page reaches zero. A held item is not yet bought. Checking out places your order, and the contract is made when you’ve paid. What isn’t paid in time goes back on sale, and nothing is charged.
terms-when-everything-is-sold = When everything is sold
terms-if-you-press-buy-when-nothing = If you press Buy when nothing is left, you join the waitlist. Items that come free are offered in its order. Joining is free, obliges you to nothing, and can be undone at any time.
terms-limits = Limits
terms-each-sale-says-how-many-of = Each sale says how many of an item one person can buy. Accounts made to get around that can be closed.
terms-returns-and-refunds = Returns and refunds
terms-the-terms-of-sale-on-each = The terms of sale on each sale’s page say how goods can be returned. Your rights by law are not affected.
tracking-tracking-for-order = Tracking for order { $order_number }
tracking-where-is-my-parcel = Where is my parcel?
tracking-see-it-at = See it at { $carrier }
tracking-nothing-is-sent-by-post-your = Nothing is sent by post: your codes are on <a href="/orders/{ $order_number }">your order page</a>.
tracking-nothing-is-sent-by-post-your-2 = Nothing is sent by post: your reservation is confirmed on <a href="/orders/{ $order_number }">your order page</a>.
tracking-has-not-shipped-it-yet = { $provider_name } has not shipped it yet.
tracking-it-ships-by-at-the-latest = It ships by { $promised_ship_by } at the latest.
tracking-youll-get-an-email-when-its = You’ll get an email when it’s shipped.
address-field-choose = Choose
address-form-for-your-confirmation-and-your-codes = For your confirmation and your codes
address-form-for-your-confirmation-and-delivery-updates = For your confirmation and delivery updates
address-form-the-list-has-the-countries-that = The list has the countries that everything in your order ships to.
address-form-not-everything-ships-there = { $refused_country_name } (not everything ships there)
address-form-phone-optional = Phone (optional)
address-form-for-the-carrier-and-for-delivery = For the carrier, and for delivery updates by text message
billing-facts-vat-id = VAT ID { $vat_id }
billing-form-the-same-as-above = The same as above
billing-form-the-same-as-the-delivery-address = The same as the delivery address
billing-form-another-address = Another address
billing-form-vat-id-optional = VAT ID (optional)
billing-form-for-business-customers-with-its-countrys = For business customers, with its country’s letters first, like DE123456789. We check its form, and do not verify it with the authority.
card-form-loading-the-payment-providers-fields = Loading the payment provider’s fields…
card-form-what-you-enter-goes-straight-to = What you enter goes straight to our payment provider. This shop does not see your card number.
card-form-paying-by-card-needs-javascript-because = Paying by card needs JavaScript, because the fields come from our payment provider. Turn it on and reload this page, or <a href="/checkout/{ $order_number }/payment">pay another way</a>. Nothing was charged.
choice-at-most-per-person = At most { $limit } per person
conversation-list-order = Order { $order_number } ·
conversation-state-waiting-for-our-reply = Waiting for our reply
conversation-state-answered = Answered
conversation-state-resolved = Resolved
deposit-deposit-due-when-you-buy-each = Deposit due when you buy: { $deposit_amount } each. The rest, { $rest } each, is due by { $rest_due_on }.
deposit-if-it-is-not-paid-by = If it is not paid by { $last_day }, the order is cancelled and the deposit is
deposit-not = not
deposit-nor-is-it-when-you-cancel = nor is it when you cancel
error-summary-there-is-a-problem = There is a problem
error-text-the-address-may-be-mistyped-or = The address may be mistyped, or the page may have been removed.
error-text-if-this-belongs-to-another-account = If this belongs to another account of yours, sign in with that one.
error-text-someone-else-was-a-moment-faster = Someone else was a moment faster. Join the waitlist: items that aren’t paid for in time go to the shoppers on it.
error-text-we-held-the-items-for-you = We held the items for you until the clock reached zero. Then they went back to other shoppers.
error-text-your-time-was-up-when-the = Your time was up when the payment came through, and other shoppers had bought the items. The order is cancelled.
error-text-it-can-no-longer-be-paid = It can no longer be paid, and nothing will be sent.
error-text-please-wait-a-moment-your-account = Please wait a moment: your account shows the order as soon as its payment has gone through.
error-text-it-has-not-started-yet-or = It has not started yet, or it has ended. Its page shows the dates.
error-text-nobody-can-buy-from-it-at = Nobody can buy from it at the moment. Please try again later.
error-text-theres-a-limit-per-person-so = There’s a limit per person, so that everyone gets the same chance. Choose fewer, or check your cart.
error-text-only-shoppers-who-registered-for-this = Only shoppers who registered for this sale can buy. Its page shows when registration is open.
error-text-we-ask-for-feedback-after-a = We ask for feedback after a purchase, so that it can be trusted. We found no purchase from this sale in your account.
error-text-it-was-changed-or-completed-in = It was changed or completed in the meantime. Open the page again to see where it stands.
error-text-this-was-tried-too-often-in = This was tried too often in a short time, so nothing was done. Please try again in { $retry_after_seconds } second{ $retry_after_seconds ->
        [one] { "" }
       *[other] s
    }.
error-text-please-try-again-in = Please try again in
error-text-second-retry-after-seconds-one-other = { $retry_after_seconds } second{ $retry_after_seconds ->
        [one] { "" }
       *[other] s
    }
error-text-a-few-seconds = a few seconds
error-text-you-wont-lose-anything-by-waiting = You won’t lose anything by waiting.
error-text-the-error-has-been-logged-trying = The error has been logged. Trying again in a minute often helps.
error-text-something-in-the-form-or-the = Something in the form or the address was missing or invalid. Go back, check it and try again.
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
hold-clock-nobody-else-can-buy-these-items = Nobody else can buy these items in the meantime. You are not charged until you pay.
hold-clock-go-back-to-the-sale-or = <a href="{ $sale_url }">Go back to the sale</a> or
hold-clock-see-whats-left-in-your-cart = see what’s left in your cart
kind-text-made-to-order-aims-for-in = Made to order: { $provider_name } aims for { $quantity } in this sale. It ships { $ships_text } after the sale ends, by { $promised_by } at the latest. { $provider_name } is responsible for that date.
kind-text-youre-buying-a-voucher-issues-the = You’re buying a voucher. { $provider_name } issues the code, valid for { $voucher_valid_days ->
        [one] { $voucher_valid_days } day
       *[other] { $voucher_valid_days } days
    }. Nothing is sent by post.
kind-text-youre-reserving-fixed-dates-confirms-the = You’re reserving fixed dates. { $provider_name } confirms the reservation. Nothing is sent by post.
kind-text-of-ordered-so-far = <strong>{ $ordered } of { $quantity }</strong> ordered so far
kind-text-target-reached = – target reached
kind-text-orders-towards-the-target = Orders towards the target
kind-text-made-to-order-ships-after-the = Made to order. Ships { $ships_text } after the sale ends, by { $promised_by } at the latest. If that date is missed, you can choose a refund or keep waiting.
kind-text-if-the-sale-ends-below-its = If the sale ends below its target, you get your money back.
kind-text-youre-buying-a-voucher-each-one = You’re buying a voucher. Each one is a code, sent by email and shown on your order page as soon as you’ve paid, and valid for { $voucher_valid_days ->
        [one] { $voucher_valid_days } day
       *[other] { $voucher_valid_days } days
    }. Nothing is sent by post.
legal-note-a-sample-text-whoever-runs-this = <strong>A sample text.</strong> Whoever runs this installation replaces it, in <code>tenants/_default/theme/pages/{ $file }.hbs</code>, with a text that a lawyer has read.
line-details-voucher-by-email-valid-for-voucher = Voucher by email, valid for { $voucher_valid_days ->
        [one] { $voucher_valid_days } day
       *[other] { $voucher_valid_days } days
    }
not-shipped-there-not-sold-to-customers-in = Not sold to customers in
not-shipped-there-doesnt-ship-to = Doesn’t ship to
not-shipped-there-the-country-of-your-last-order = the country of your last order.
not-shipped-there-if-you-have-an-address-there = If you have an address there, choose it at checkout.
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
preview-note-submitted-by-shoppers-cannot-see-this = submitted by { $submitted_by_name }, { $submitted_at }. Shoppers cannot see this page, and nothing can be bought here. <a href="{ $portal_url }">Back to the portal</a>
price-from = from
price-now = Now
price-was = was
price-percent-off = { $saving_percent } percent off
quantity-hint-at-most = At most { $max_quantity }
quantity-hint-of-each = of each
quantity-hint-per-person = per person
rating-choice-of-5 = of 5
rest-due-paid-first = Paid first
rest-due-if-the-rest-is-not-paid = If the rest is not paid by { $last_day }, the order is cancelled
rest-due-we-remind-you-by-email = We remind you by email.
rest-terms-and-the-deposit-of-is-not = and the deposit of { $due_now } is not refunded, nor is it when you cancel
rest-terms-and-the-deposit-of-is-refunded = and the deposit of { $due_now } is refunded
rest-terms-and-of-the-that-you-pay = and { $kept } of the { $due_now } that you pay first is not refunded, nor is it when you cancel
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
shipping-conflicts-theres-no-country-that-all-of = There’s no country that all of these ship to
shipping-conflicts-ships-to = <a href="{ $sale_url }">{ $conflict_title }</a> ships to
shipping-conflicts-use-an-address-there-or = Use an address there, or
shipping-conflicts-remove = remove
shipping-conflicts-some-of-them = some of them
shipping-conflicts-from-your-cart = from your cart
shipping-conflicts-your-saved-address-stays-as-it = Your saved address stays as it is.
ships-to-countries-listed-in-the-terms-of = { $countries } countries, listed in the <a href="#terms-title">terms of sale</a>.
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
sign-reason-as-soon-as-youve-signed-in = As soon as you’ve signed in, we hold { $quantity } × { $pressed_title }
sign-reason-for-you-you-neednt-press-buy = for you. You needn’t press Buy again.
sign-reason-if-gone-by-then-you-join = If { $quantity ->
        [one] it’s
       *[other] they’re
    } gone by then, you join the waitlist, which you can leave at any time.
sign-reason-sign-in-before-you-buy-then = Sign in before you buy: then one press of Buy is enough.
sign-reason-sign-in-to-register-for-the = Sign in to register for the sale. You’ll be registered as soon as you’ve signed in.
sign-reason-please-sign-in-to-see-that = Please sign in to see that page.
sign-up-terms-with-an-account-you-agree-to = With an account you agree to our <a href="/terms">terms</a>. Our <a href="/privacy">privacy notice</a> says what we store.
steps-steps = Steps
stock-text-join-the-waitlist = – join the waitlist
stock-text-only-left = Only { $available } left
stock-text-left = { $available } left
widget-cancelled-on = on { $cancelled_at }
widget-cancelled-this-sale-was-cancelled-orders-stand = This sale was cancelled. Orders stand, and you can pay for items that are held for you until their time is up. What you bought is in <a href="/account">your account</a>.
widget-ended-ended-on = Ended on { $ends_at }
widget-ended-this-sale-is-over-if-you = This sale is over. If you bought something, it’s in <a href="/account">your account</a>.
widget-ended-download-the-receipt-of-its-stock = <a href="/api/v1/sales/{ $sale_slug }/receipt" download>Download the receipt of its stock</a>. It lists every unit that was held, sold or freed, names nobody, and anyone can check it.
widget-halted-this-sale-is-paused-nothing-is = This sale is paused. Nothing is lost: orders stand, and you can pay for items that are held for you. Their time stands still until the sale resumes. <span class="js-only">This page updates by itself when the sale resumes.</span>
widget-held-your-time-to-pay-stands-still = Your time to pay stands still while the sale is paused, with { $time_left } left.
widget-held-held-for-you-until = Held for you <span data-hold-time>until { $expires_at }</span>
widget-held-1-item-is-held-for-you = 1 item is held for you. Nobody else can buy it in the meantime.
widget-held-items-are-held-for-you-nobody = { $quantity } items are held for you. Nobody else can buy them in the meantime.
widget-live-need-more = Need more?
widget-live-on-sale-at = On sale at { $provider_name }
widget-live-on-sale-now = On sale now
widget-live-or-when-the-last-item-is = or when the last item is sold
widget-live-choose-your-dates = Choose your dates
widget-live-reserve-at = Reserve at { $provider_name }
widget-live-buy-voucher-at = Buy voucher at { $provider_name }
widget-live-buy-at = Buy at { $provider_name }
widget-live-youll-leave = You’ll leave { $brand_name }.
widget-live-the-cart-is-at = The cart is at <strong>{ $cart_host }</strong>.
widget-live-takes-the-payment-confirms-the-reservation = { $provider_name } takes the payment, confirms the reservation and is responsible for it.
widget-live-takes-the-payment-issues-the-code = { $provider_name } takes the payment, issues the code and is responsible for it.
widget-live-takes-the-payment-ships-and-is = { $provider_name } takes the payment, ships and is responsible for your order.
widget-live-s-shop-has-the-final-price = { $provider_name }’s shop has the final price and availability.
widget-live-we-hold-your-items-for-while = We hold your items for { $hold_time } while you pay.
widget-live-youll-be-asked-to-sign-in = You’ll be asked to sign in first, and needn’t press again.
widget-live-ships-your-order-takes-the-payment = { $provider_name } ships your order; { $brand_name } takes the payment and is responsible for it.
widget-must-register-ends-or-when-the-last-item = Ends { $ends_at }, or when the last item is sold.
widget-must-register-you-cant-buy-because-you = You can’t buy because you
widget-must-register-didnt-register = didn’t register
widget-must-register-havent-registered = haven’t registered
widget-must-register-only-shoppers-who-registered-can-buy = Only shoppers who registered can buy.
widget-must-register-already-registered-sign-in-to-buy = Already registered? <a href="/sign-in?next={ $sale_url }" data-sign-in="in">Sign in</a> to buy.
widget-registration-well-email-you-when-the-sale = We’ll email you when the sale starts.
widget-registration-cancel-my-registration = Cancel my registration
widget-registration-only-registered-shoppers-can-buy-in = Only registered shoppers can buy in this sale.
widget-registration-everyone-can-buy-if-you-register = Everyone can buy. If you register, we’ll remind you in time.
widget-registration-registration-opens-on = Registration opens on { $opens_at }
widget-registration-only-shoppers-who-register-by-can = Only shoppers who register by { $closes_at } can buy in this sale.
widget-registration-it-closes-on-everyone-can-buy = It closes on { $closes_at }. Everyone can buy. If you register, we’ll remind you in time.
widget-registration-registration-closed-on = Registration closed on { $closes_at }
widget-registration-only-shoppers-who-registered-can-buy = Only shoppers who registered can buy in this sale.
widget-registration-if-you-did-sign-in-to = If you did, <a href="/sign-in?next={ $sale_url }" data-sign-in="in">sign in</a> to buy.
widget-registration-everyone-can-buy-when-the-sale = Everyone can buy when the sale starts.
widget-sold-out-has-reported-that-everything-it-set = { $provider_name } has reported that everything it set aside for this sale is taken.
widget-sold-out-see-what-else-is-on = See what else is on
widget-sold-out-the-sale-has-reached-its-cap = The sale has reached its cap of { $capacity }.
widget-sold-out-every-item-is-sold-or-in = Every item is sold or in someone’s cart. Items that aren’t paid for in time go to the waitlist, first come, first served.
widget-sold-out-ill-take-fewer-if-thats-all = I’ll take fewer if that’s all there is
widget-sold-out-join-the-waitlist = Join the waitlist
widget-sold-out-joining-is-free-when-its-your = Joining is free. When it’s your turn, we’ll email you and hold the items for { $offer_time }.
widget-soon-starts-on = Starts <span data-countdown-label="in">on { $starts_at }</span>
widget-soon-stay-on-this-page-the-buy = Stay on this page: the Buy button appears here at that very second.
widget-soon-reload-this-page-then-to-buy = Reload this page then to buy.
widget-soon-starts-on-2 = Starts on { $starts_at }
widget-soon-at = At { $starts_at }
widget-soon-while-supplies-last = while supplies last
widget-soon-nobody-can-buy-before-then = Nobody can buy before then.
widget-waitlist-your-time-is-up-and-the = Your time is up, and the offer goes to the next shopper. Nothing was charged.
widget-waitlist-quantity-one-is-other-are-held = { $quantity } × { $item_name }{ $quantity ->
        [one] { " " }is
       *[other] { " " }are
    } held for you
widget-waitlist-your-time-to-pay-stands-still = Your time to pay stands still while the sale is paused, with { $time_left } left
widget-waitlist-until = until { $offered_until }
widget-waitlist-if-you-dont-buy-in-time = If you don’t buy in time, { $quantity ->
        [one] it goes
       *[other] they go
    } to the next shopper on the waitlist.
widget-waitlist-youre-next-on-the-waitlist = You’re next on the waitlist
widget-waitlist-youre-number-on-the-waitlist = You’re number { $position } on the waitlist
widget-waitlist-youre-waiting-for = You’re waiting for { $quantity } × { $item_name }.
widget-waitlist-youll-accept-fewer = You’ll accept fewer.
widget-waitlist-you-want-all-of-them-or = You want all of them or none.
widget-waitlist-you-have-a-good-chance-well = You have a good chance: we’ll email you when it’s your turn.
widget-waitlist-you-have-a-fair-chance-well = You have a fair chance: we’ll email you when it’s your turn.
widget-waitlist-your-chances-are-low-but-well = Your chances are low, but we’ll email you if a unit comes free.
widget-waitlist-leave-the-waitlist = Leave the waitlist
widget-waitlist-wait-for-all-of-them = Wait for all of them
widget-waitlist-accept-fewer = Accept fewer
tracking-this-parcel-was-cancelled-and-will = This parcel was cancelled and will not be sent.
tracking-this-parcel-was-refunded-and-will = This parcel was refunded and will not be sent.
footer-language = Language
footer-english = English
footer-deutsch = Deutsch
privacy-smp-locale = smp_locale
privacy-keeps-the-language-that-you-chose = keeps the language that you chose, for a year
security-email-address = Email address
security-not-confirmed = Not confirmed
security-confirm-it = Confirm it
security-new-email-address = New email address
security-we-send-a-link-to-it = We send a link to it. Your present address is told, and can take the change back for 7 days.
security-current-password = Current password
security-change-the-address = Change the address
security-to-change-it-set-a-password = To change it, set a password first.
security-stay-signed-in-on-my-other = Stay signed in on my other devices
security-change-the-password = Change the password
security-your-account-has-no-password-have = Your account has no password. <a href="/forgot">Have a link sent to you</a> that sets one.
security-where-you-are-signed-in = Where you are signed in
security-since = Since { $created_at }
security-this-device = This device
security-sign-out = Sign out<span class="vh"> { $device }</span>
security-sign-out-on-all-other-devices = Sign out on all other devices
account-link-take-the-change-back = Take the change back?
account-link-becomes-the-address-of-your-account = <strong>{ $email }</strong> becomes the address of your account again. Everybody is signed out of it, and you set another password, because somebody else may know yours.
account-link-from-now-on-you-sign-in = From now on you sign in with <strong>{ $email }</strong>, and our emails go there.
account-link-is-the-address-of-the-account = Is <strong>{ $email }</strong> the address of the account that you made here? If you made none, close this page: nothing happens then.
account-link-confirm = Confirm { $email }
account-phone-your-mobile-number = Your mobile number
account-phone-we-sent-a-code-to-it = We sent a code to <strong>{ $pending }</strong>. It is valid for ten minutes.
account-phone-remove-both-numbers = Remove both numbers
account-phone-enter-another-number = Enter another number
account-phone-we-text-you-at-what-we = We text you at <strong>{ $number }</strong>. What we text you about is your choice under <a href="/account/messages">Messages</a>.
account-phone-you-answered-stop-to-one-of = You answered STOP to one of our texts, so we send none to this number. To get texts again, send START to the number they came from.
account-phone-remove-this-number = Remove this number
account-phone-change-it = Change it
account-phone-with-a-mobile-number-we-can = With a mobile number we can text you when a sale starts or when it’s your turn on a waitlist. We use it for nothing else, and you can stop it at any time.
account-phone-as-you-write-it-in-your = As you write it in your country, or with its country code
account-phone-text-me-a-code = Text me a code
checkout-keep-this = Keep this
checkout-billing-address = billing address
checkout-address = address
checkout-in-my-account = in my account
connect-connect-to-your-account = Connect { $label } to your account
connect-from-now-on-you-can-sign = From now on you can sign in to the account of { $email } with { $label }, too.
connect-there-is-an-account-with-the = There is an account with the address { $email } already. Show that it is yours, and you can sign in to it with { $label } from now on.
connect-password-of-your-account = Password of your account
connect-or-the-code-that-we-email = Or the code that we email you
connect-connect-and-sign-in = Connect and sign in
connect-email-me-a-code = Email me a code
connect-do-you-sign-in-some-other = Do you sign in some other way? <a href="{ $sign_in_url }">Sign in</a> first, and we connect { $label } then.
erasure-your-name-addresses-choices-and-what = Your name, addresses, choices and what you wrote are deleted, and taken out of your orders. You are signed out everywhere. It cannot be undone.
erasure-delete-my-account = Delete my account
erasure-changed-your-mind-just-leave-this = Changed your mind? Just leave this page: nothing happens. <a href="/">Go to the shop</a>
forgot-look-at-your-email = Look at your email
forgot-if-has-an-account-we-sent = If <strong>{ $sent_to }</strong> has an account, we sent a link to it. It works once, for 30 minutes.
forgot-nothing-there-look-in-the-spam = Nothing there? Look in the spam folder, and check that the address is right.
forgot-try-another-address-or-sign-in = <a href="/forgot">Try another address</a> or <a href="/sign-in">sign in</a>
forgot-we-email-you-a-link-that = We email you a link that sets another one.
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
my-addresses-no-addresses-yet-add-one-here = No addresses yet. Add one here, or keep one at checkout, and you needn’t type it again.
my-addresses-an-account-keeps-at-most-20 = An account keeps at most 20 addresses. Remove one to add another.
my-data-your-data = Your data
my-data-a-copy-of-your-data = A copy of your data
my-data-everything-that-concerns-your-account-as = Everything that concerns your account, as a ZIP of JSON files. We email you when it is ready; it can be downloaded for seven days, and asked for once a day.
my-data-asked-for-on = Asked for on { $requested_at }
my-data-can-be-downloaded-until = Can be downloaded until { $expires_at }
my-data-being-written = Being written
my-data-deleted = Deleted
my-data-download-the-copy-of = Download<span class="vh"> the copy of { $requested_at }</span>
my-data-kib = { $size_kib } KiB
my-data-ask-for-a-copy = Ask for a copy
my-data-your-name-addresses-choices-and-what = Your name, addresses, choices and what you wrote are deleted, and taken out of your orders. Payments and invoices stay as long as the law asks for it. Roles in a team end. It cannot be undone; you may sign up again with the same address.
my-data-it-is-not-possible-yet = It is not possible yet
my-data-your-password = Your password
my-data-email-me-a-link-to-delete = Email me a link to delete my account
my-data-what-we-do-with-your-data = What we do with your data
my-favourites-what-you-like = What you like
my-favourites-kept-for-this-browser-sales-that = Kept for this browser. Sales that are over are not shown.
my-favourites-remove-from-your-favourites = Remove<span class="vh"> { $favourite_title } from your favourites</span>
my-favourites-no-favourites-yet-press-the-heart = No favourites yet. Press the heart on a sale’s page to find it here. <a href="/#on-now">See what’s on now</a>
my-favourites-reminders = Reminders
my-favourites-you-get-an-email-15-minutes = You get an email 15 minutes before each of them starts.
my-favourites-dont-remind-me-of = Don’t remind me<span class="vh"> of { $reminder_title }</span>
my-favourites-none-sales-without-registration-have-a = None. Sales without registration have a button for it before they start.
my-favourites-sellers-you-follow = Sellers you follow
my-favourites-since = Since { $followed_at }
my-favourites-unfollow = Unfollow<span class="vh"> { $follow_name }</span>
my-favourites-nobody-yet-follow-a-seller-on = Nobody yet. Follow a seller on its page, and you get an email when it announces a new sale.
my-messages-messages-to-you = Messages to you
my-messages-what-you-have-to-know-is = What you have to know is always sent: about your account and its security, and about orders, payments and refunds. The rest is yours to choose.
my-messages-by-text-message = By text message
my-messages-to-the-phone-of-the-order = to the phone of the delivery address
my-messages-to = to { $phone }
my-messages-for-text-messages-add-and-confirm = For the other text messages, <a href="/account/phone">add and confirm a phone number</a>; without one, none of them is sent.
my-profile-your-profile = Your profile
my-profile-as-others-read-it-such-as = As others read it, such as customer service
my-profile-as-my-browser-says = As my browser says
my-profile-time-zone-optional = Time zone (optional)
my-profile-type-a-city-like-berlin-and = Type a city, like Berlin, and choose. Times in emails to you are then in this zone.
my-profile-how-we-reach-you = How we reach you
my-profile-change-your-email-address = Change your email address
my-profile-change-your-phone-number = Change your phone number
my-profile-none-add-a-phone-number = None · <a href="/account/phone">Add a phone number</a>
payment-first-confirm-your-email-address = First, confirm your email address
payment-we-sent-a-code-of-six = We sent a code of six digits to <strong>{ $verify_email }</strong>. Enter it to go on to the payment.
payment-your-items-are-held-until-the = Your items are held until the time above, and no longer for it.
privacy-your-account-name-email-address-and-2 = <strong>Your account</strong>: name, email address and a hash of your password, so that you can sign in; the language, time zone, addresses and messages that you chose; sellers you follow and sales you are reminded of.
privacy-smp-device = smp_device
privacy-tells-a-browser-you-have-signed = tells a browser you have signed in with from a new one, for 400 days after you signed in last
privacy-smp-press-smp-register-smp-wish = smp_press, smp_register, smp_wish, smp_typed
privacy-you-can-download-a-copy-of = You can <a href="/account/privacy">download a copy of your data or delete your account</a> yourself. You can also ask us what we store about you, have it corrected or erased, and object to its use. Write to <a href="mailto:{ $support_email }">{ $support_email }</a>. You can also complain to a data protection authority.
recovery-codes-your-recovery-codes = Your recovery codes
recovery-codes-the-second-factor-is-on-signing = The second factor is on. Signing in asks for a code from now on.
recovery-codes-if-you-lose-your-phone-each = If you lose your phone, each of these signs you in once instead of the app’s code. Keep them where you keep other important papers, not on the phone.
recovery-codes-your-earlier-codes-no-longer-work = Your earlier codes no longer work.
recovery-codes-they-are-shown-only-now = They are shown only now.
recovery-codes-i-have-kept-them = I have kept them
reset-for-the-account-of-you-are = For the account of <strong>{ $email }</strong>. You are signed out on all devices.
reset-set-the-password = Set the password
second-factor-change-you-set-up-another-authenticator-app = You set up another authenticator app on the next page. Until that is done, the present one stays in use.
second-factor-change-you-get-ten-new-codes-the = You get ten new codes. The earlier ones no longer work.
second-factor-change-signing-in-will-ask-for-your = Signing in will ask for your password alone.
second-factor-change-six-digits-of-your-authenticator-app = Six digits of your authenticator app, or a recovery code
second-factor-change-go-on = Go on
second-factor-change-make-new-codes = Make new codes
second-factor-scan-this-picture-with-an-authenticator = Scan this picture with an authenticator app on your phone, such as Aegis, Google Authenticator or 1Password.
second-factor-qr-code-for-your-authenticator-app = QR code for your authenticator app
second-factor-you-are-on-your-phone-open = You are on your phone? <a href="{ $app_url }">Open the app</a>. Or type this key into it: <code class="secret">{ $secret }</code>
second-factor-type-the-six-digits-that-the = Type the six digits that the app shows now.
second-factor-use-this-app-from-now-on = Use this app from now on
second-factor-turn-on-the-second-factor = Turn on the second factor
second-factor-begin-again-with-another-key = Begin again with another key
second-factor-when-you-sign-in-smp-then = When you sign in, SMP then asks for six digits that your phone shows, in addition to your password. Whoever learns the password alone cannot get in.
second-factor-you-need-an-authenticator-app-on = You need an authenticator app on your phone, such as Aegis, Google Authenticator or 1Password.
second-factor-set-up-another-app = Set up another app
second-factor-set-up = Set up
seller-unfollow = Unfollow
seller-follow = Follow
seller-you-get-an-email-when-announces = You get an email when { $seller_name } announces a new sale.
seller-get-an-email-when-announces-a = Get an email when { $seller_name } announces a new sale.
sign-in-code-your-account-has-a-second-factor = Your account has a second factor. Open your authenticator app and type the six digits that it shows for SMP.
sign-in-code-six-digits-or-one-of-your = Six digits, or one of your recovery codes if you don’t have your phone
sign-in-code-lost-both-the-app-and-your = Lost both the app and your recovery codes? Write to <a href="mailto:{ $support_email }">{ $support_email }</a>. <a href="/sign-in{ $next_query }">Sign in as somebody else</a>
sign-in-failed-not-connected = Not connected
sign-in-failed-not-signed-in = Not signed in
sign-in-failed-nothing-was-connected = Nothing was connected
sign-in-failed-you-are-not-signed-in = You are not signed in
sign-in-failed-back-to-your-accounts-security = Back to your account’s security
sign-in-failed-back-to-sign-in = Back to sign-in
sign-up-we-send-a-code-to-it = We send a code to it that you need when you pay. Order confirmations go here, too.
unsubscribe-you-are-unsubscribed = You are unsubscribed
unsubscribe-unsubscribe = Unsubscribe
unsubscribe-you-get-no-more-emails-with = You get no more emails with
unsubscribe-emails-that-you-need-such-as = Emails that you need, such as those about your orders and your account, still come.
unsubscribe-unsubscribe-2 = Unsubscribe?
unsubscribe-you-would-get-no-more-emails = You would get no more emails with
unsubscribe-in-your-account-you-can-choose = In your account you can <a href="/account/messages">choose which messages you get</a>.
verify-we-sent-a-code-of-six = We sent a code of six digits to <strong>{ $email }</strong>. Enter it here, or open the link in that email. You need this once, before you pay.
account-nav-overview = Overview
account-nav-profile = Profile
account-nav-addresses = Addresses
error-text-the-links-in-our-emails-work = The links in our emails work once, and for a limited time.
error-title-this-link-doesnt-work = This link doesn’t work
message-kind-reminders-of-the-start-of-a = reminders of the start of a sale
message-kind-news-of-waitlists-such-as-offers = news of waitlists, such as offers when it is your turn
message-kind-news-of-orders-that-are-on = news of orders that are on their way
message-kind-new-sales-of-sellers-you-follow = new sales of sellers you follow
message-kind-news-for-teams-such-as-new = news for teams, such as new applications and questions
passkey-sign-in-sign-in-with-a-passkey = Sign in with a passkey
security-second-factor-second-factor = Second factor
security-second-factor-on-since-signing-in-asks-for = On since { $confirmed_at }. Signing in asks for a code of your authenticator app.
security-second-factor-one-recovery-code-is-left = One recovery code is left.
security-second-factor-recovery-codes-are-left = { $recovery_codes_left } recovery codes are left.
security-second-factor-off-with-it-signing-in-also = Off. With it, signing in also asks for six digits that your phone shows, so that a stolen password is not enough.
security-sign-in-methods-other-ways-to-sign-in = Other ways to sign in
security-sign-in-methods-to-change-anything-here-sign-in = To change anything here, <a href="{ $sign_in_url }">sign in again</a>: that takes a sign-in of the last 15 minutes.
security-sign-in-methods-connected = connected { $connected_at }
security-sign-in-methods-last-used = · last used { $used_at }
security-sign-in-methods-your-only-way-to-sign-in = Your only way to sign in. Set a password or add another way before you disconnect it.
security-sign-in-methods-disconnect = Disconnect<span class="vh"> { $label }</span>
security-sign-in-methods-passkeys = Passkeys
security-sign-in-methods-a-passkey-signs-you-in-with = A passkey signs you in with your device’s fingerprint, face or PIN, without a password.
security-sign-in-methods-added = Added { $created_at }
security-sign-in-methods-not-used-yet = · not used yet
security-sign-in-methods-your-only-way-to-sign-in-2 = Your only way to sign in. Set a password or add another way before you remove it.
security-sign-in-methods-remove = Remove<span class="vh"> { $passkey_name }</span>
security-sign-in-methods-to-add-a-passkey-turn-javascript = To add a passkey, turn JavaScript on: the browser offers them to scripts alone.
security-sign-in-methods-name-of-this-device = Name of this device
security-sign-in-methods-so-that-you-tell-your-passkeys = So that you tell your passkeys apart, like “Ada’s phone”
security-sign-in-methods-add-a-passkey = Add a passkey
sign-dialog-sign-in-another-way = Sign in another way
sign-in-choices-or = or
sign-in-choices-continue-with = Continue with { $label }
sign-reason-sign-in-to-be-reminded-of = Sign in to be reminded of the sale. The reminder is set as soon as you’ve signed in.
sign-reason-sign-in-to-follow-this-seller = Sign in to follow this seller. You’ll follow it as soon as you’ve signed in.
widget-registration-text-me-too-when-it-starts = Text me too when it starts
widget-reminder-well-remind-you = We’ll remind you
widget-reminder-you-get-an-email-15-minutes = You get an email 15 minutes before the sale starts.
widget-reminder-dont-remind-me = Don’t remind me
widget-reminder-no-registration-needed-everyone-can-buy = No registration needed: everyone can buy. We can email you 15 minutes before the start.
widget-reminder-remind-me = Remind me
widget-sold-out-text-me-too-when-its-my = Text me too when it’s my turn
widget-soon-add-the-start-to-your-calendar = Add the start to your calendar
phone-code-is-your-code-it-is-valid = { $code } is your { $brand_name } code. It is valid for { $minutes } minutes. Tell it to nobody. @{ $host } #{ $code }
sale-started-has-started-reply-stop-to-end = { $brand_name }: { $sale_title } has started. { $sale_url } - Reply STOP to end texts.
shipped-your-parcel-from-is-on-its = Your parcel from { $provider_name } is on its way with { $carrier }. Tracking number: { $tracking_number }. Track it: { $url }
start-reminder-starts-at-reply-stop-to-end = { $brand_name }: { $sale_title } starts at { $starts_at }. { $sale_url } - Reply STOP to end texts.
waitlist-offer-it-s-your-turn-x-held = { $brand_name }: It's your turn. { $quantity } x { $sale_title } held for you until { $expires_at }. Pay at { $url } - Reply STOP to end texts.
