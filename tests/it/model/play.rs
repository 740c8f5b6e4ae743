//! What can happen to an account, and what each event does to the model.

use super::cards::{ALWAYS_ASKS, DECLINED, GOOD, SHORT_LATER};
use super::{Life, pounds};
use chrono::TimeDelta;
use kept_tests::Answer;
use kept_tests::Visitor;
use kept_tests::town::with_file;

/// Makes the kinds of events, and the list that chance takes from.
macro_rules! events {
    ($($event:ident)*) => {
        /// Something that happens to an account.
        #[derive(Clone, Copy, Debug)]
        pub enum Event { $($event),* }

        /// All kinds there are.
        pub const EVENTS: &[Event] = &[$(Event::$event),*];
    };
}

events! {
    Invoice InvoiceNotYetDue PartByCard AllByCard CardDeclined CardThenBank CardThatAsks SlowCard BadPage BadReturn
    MessagesLateTwiceAndTurnedRound MessagesStop MessagesCome ByBank ByBankTooMuch ByBankDaysAgo Statement StatementOfTwo SameStatement UndoLine
    SomebodyElsesLine BankTakesBack MovePayment MoveToAccount
    PlanWithinTerms PlanOutsideTerms Accept Decline Counter TakeCounter RefuseCounter Reopen Cancel Withdraw Promise
    Shift Spread Sooner Smaller InstalmentByCard InstalmentByBank ExtraByBank
    KeepCard KeepCardThatWillBeShort KeepCardThatAsks StopCard BusinessStopsCard ChargeDay BadChargeDay
    OfferEnough OfferLittle OfferLate RulesCounter RulesDecline RulesLeaveIt PersonDecides LowerAmountByCard
    LowerAmountByBank LowerAmountInParts
    RefundWhole RefundPart RefundRest RefundFails RefundFailsLater Chargeback ChargebackOfPart BankSaysWon BankSaysLost
    Dispute Uphold Partly Reject Claim Hardship CreditNote LargeCreditNote SameCreditNote
    LateCharge WaivePart WaiveAll BreathingSpaceSince
    WriteOff WriteOffAll TakeWriteOffBack AskForMoney BadRefund SendMoney KeepMoney
    Pause PauseUntil BreathingSpace Stop EndPause OptOut OptIn
    Work NextDay NextWeek NextMonth
}

/// Time passes more often than any one thing happens.
pub const TIME: &[Event] =
    &[Event::NextDay, Event::NextWeek, Event::NextMonth, Event::ChargeDay, Event::BadChargeDay, Event::Work];

/// Agreements, too: each thing that can become of one needs others before it.
#[rustfmt::skip]
pub const AGREEMENTS: &[Event] = &[
    Event::PlanWithinTerms, Event::PlanWithinTerms, Event::PlanOutsideTerms, Event::Accept, Event::Accept, Event::Counter,
    Event::TakeCounter, Event::TakeCounter, Event::Reopen, Event::Promise, Event::Shift, Event::Spread, Event::Sooner,
    Event::Smaller, Event::InstalmentByCard, Event::InstalmentByBank, Event::ExtraByBank, Event::KeepCard,
    Event::KeepCardThatWillBeShort, Event::KeepCardThatAsks, Event::OfferEnough, Event::OfferEnough, Event::OfferLittle,
    Event::OfferLate, Event::LowerAmountByCard, Event::LowerAmountByBank, Event::LowerAmountInParts, Event::ChargeDay,
    Event::BadChargeDay, Event::RefundWhole, Event::RefundPart, Event::Chargeback, Event::BankSaysWon, Event::UndoLine,
    Event::LateCharge, Event::LateCharge, Event::WaivePart,
];

impl Life<'_> {
    /// Sends a form; whatever the answer is, it is no failure of the server.
    pub async fn post(&self, visitor: &Visitor, path: &str, typed: &[(&str, &str)]) -> Answer {
        let answer = visitor.post_form(path, typed).await;
        assert!(answer.status.as_u16() < 500, "{path}: {} {}", answer.status, answer.body);
        answer
    }

    /// Says that something is wrong, or paid already; whether anything came of it.
    async fn say(&self, who: usize, path: &str, texts: &[(&'static str, &str)]) -> Option<()> {
        let answer = self.visitors[who].post_multipart(path, with_file(texts, "", b"")).await;
        assert!(answer.status.as_u16() < 500, "{}", answer.body);
        answer.find_location().filter(|at| at.contains("/account/disputes/")).map(drop)
    }

    async fn decide(&mut self, who: usize, outcome: &str) -> Option<()> {
        let id = self.ids(who, "disputes", "'open', 'answered'").await.pop()?;
        let typed = [("outcome", outcome), ("credited", "1"), ("reason", "We have looked")];
        let before = self.credited(who).await;
        self.post(self.owner(), &format!("/console/disputes/{id}/resolve"), &typed).await;
        if let Some((minor, on)) = self.found(&id).await {
            // It is their payment that was found, on the day they said.
            assert!((1..=1_000).contains(&minor), "a claim of 10.00 finds {minor}");
            self.accounts[who].came.push(super::Came::new(&format!("claim {id}"), on, minor));
            return Some(());
        }
        // Who cannot pay is neither right nor wrong: that stays open.
        let state = self.kept.ask(&format!("SELECT state FROM disputes WHERE id = '{id}'")).await.remove(0);
        let credited = match state.as_str() {
            "partly" => 100,
            // How much is left of what is disputed is the rules' matter: no more than was said, and see `check`.
            "upheld" => self.credited(who).await - before,
            _ => 0,
        };
        assert!((0..=2_000).contains(&credited), "a dispute about 20.00 credits {credited}");
        self.accounts[who].credited += credited;
        Some(())
    }

    /// The payment that a decision on a dispute has found, where there is one.
    async fn found(&self, dispute: &str) -> Option<(i64, chrono::NaiveDate)> {
        let sql = format!(
            "SELECT CAST(amount_minor AS TEXT) || ' ' || moved_on FROM transfers
             WHERE dispute_id = '{dispute}' AND kind = 'payment'"
        );
        let row = self.kept.ask(&sql).await.pop()?;
        let (minor, on) = row.split_once(' ')?;
        Some((minor.parse().unwrap(), on.parse().unwrap()))
    }

    async fn credited(&self, who: usize) -> i64 {
        let sql = format!(
            "SELECT CAST(COALESCE(SUM(t.amount_minor), 0) AS TEXT) FROM transfers t JOIN debtors d ON d.id = t.debtor_id
             WHERE d.reference = 'M-{who}' AND t.kind = 'credit_note'"
        );
        self.kept.ask(&sql).await[0].parse().unwrap()
    }

    /// Lets it happen, as far as the product lets it; `None` where it cannot happen now.
    pub async fn play(&mut self, event: Event, who: usize) -> Option<()> {
        let minor = self.one_of(&[500, 1_234, 15_000, 19_999]);
        let amount = pounds(minor);
        let part = [("currency", "GBP"), ("what", "part"), ("amount", amount.as_str())];
        let all = [("currency", "GBP"), ("what", "everything")];
        let instalment = [("currency", "GBP"), ("what", "instalment")];
        let other = (who + 1) % super::DEBTORS;
        match event {
            Event::Invoice => self.invoice(who, minor, -30),
            Event::InvoiceNotYetDue => self.invoice(who, minor, 20),
            Event::PartByCard => self.by_card(who, &part, GOOD).await?,
            Event::AllByCard => self.by_card(who, &all, GOOD).await?,
            Event::CardDeclined => self.by_card(who, &all, DECLINED).await?,
            Event::CardThatAsks => self.by_card(who, &part, ALWAYS_ASKS).await?,
            Event::CardThenBank => {
                // Nobody has closed the page yet; what is too much is on account.
                let session = self.start(who, &part).await?;
                self.by_bank(who, minor, 0).await?;
                self.slow.insert(session.clone(), self.date());
                self.pay(&session, GOOD).await;
            }
            Event::SlowCard => self.by_slow_card(who, &part).await?,
            Event::BadPage => self.bad_page(who, &part).await?,
            Event::BadReturn => self.bad_return(who, &part).await?,
            Event::MessagesLateTwiceAndTurnedRound => self.turned_round(who, &part).await?,
            Event::MessagesStop => self.messages(false).await?,
            Event::MessagesCome => self.messages(true).await?,
            Event::ByBank => self.by_bank(who, minor, 0).await?,
            Event::ByBankTooMuch => self.by_bank(who, self.accounts[who].owed().max(0) + minor, 0).await?,
            Event::ByBankDaysAgo => self.by_bank(who, minor, -5).await?,
            Event::Statement => self.statement(&[who], minor, 0).await?,
            Event::StatementOfTwo => self.statement(&[who, other], minor, -1).await?,
            Event::SameStatement => self.same_statement().await?,
            Event::UndoLine => self.undo_line(who, None).await?,
            Event::SomebodyElsesLine => self.undo_line(who, Some(other)).await?,
            Event::BankTakesBack => self.bank_takes_back(who).await?,
            Event::MovePayment => self.move_payment(who, false).await?,
            Event::MoveToAccount => self.move_payment(who, true).await?,
            Event::PlanWithinTerms => self.plan(who, "3").await?,
            Event::PlanOutsideTerms => self.plan(who, "24").await?,
            Event::Accept => self.answer(who, "accept").await?,
            Event::Decline => self.answer(who, "decline").await?,
            Event::Counter => self.answer(who, "counter").await?,
            Event::Reopen => self.answer(who, "reopen").await?,
            Event::TakeCounter => self.press(who, "'countered'", "accept").await?,
            Event::RefuseCounter => self.press(who, "'countered'", "refuse").await?,
            Event::Cancel => self.press(who, "'active', 'missed'", "cancel").await?,
            Event::Withdraw => self.press(who, "'proposed'", "withdraw").await?,
            Event::Promise => self.promise(who).await?,
            Event::Shift => self.heal(who, "shift").await?,
            Event::Spread => self.heal(who, "spread").await?,
            Event::Sooner => self.heal(who, "sooner").await?,
            Event::Smaller => self.heal(who, "smaller").await?,
            Event::InstalmentByCard | Event::LowerAmountByCard => {
                self.of_kind(who, event).await?;
                self.by_card(who, &instalment, GOOD).await?;
            }
            Event::InstalmentByBank | Event::LowerAmountByBank => {
                self.of_kind(who, event).await?;
                self.towards_agreement(who, 1).await?;
            }
            Event::ExtraByBank => self.towards_agreement(who, 2).await?,
            Event::LowerAmountInParts => {
                self.of_kind(who, event).await?;
                self.by_card(who, &part, GOOD).await?;
            }
            Event::KeepCard => self.keep_card(who, GOOD).await?,
            Event::KeepCardThatWillBeShort => self.keep_card(who, SHORT_LATER).await?,
            Event::KeepCardThatAsks => self.keep_card(who, ALWAYS_ASKS).await?,
            Event::StopCard => self.stop_card(who, false).await?,
            Event::BusinessStopsCard => self.stop_card(who, true).await?,
            Event::ChargeDay => self.charge_day(who, false).await?,
            Event::BadChargeDay => self.charge_day(who, true).await?,
            Event::OfferEnough => self.offer(who, 70, 7).await?,
            Event::OfferLittle => self.offer(who, 30, 7).await?,
            Event::OfferLate => self.offer(who, 90, 30).await?,
            Event::RulesCounter => self.settlement_rules("counter").await,
            Event::RulesDecline => self.settlement_rules("decline").await,
            Event::RulesLeaveIt => self.settlement_rules("person").await,
            Event::PersonDecides => self.settlement_rules("nobody").await,
            Event::RefundWhole => self.refund(who, None, false).await?,
            Event::RefundPart => self.refund(who, Some(100), false).await?,
            Event::RefundRest => self.refund(who, Some(minor), false).await?,
            Event::RefundFails => self.refund(who, None, true).await?,
            Event::RefundFailsLater => self.refund_fails_later().await?,
            Event::Chargeback => self.chargeback(who, false).await?,
            Event::ChargebackOfPart => self.chargeback(who, true).await?,
            Event::BankSaysWon => self.bank_decides(who, true).await?,
            Event::BankSaysLost => self.bank_decides(who, false).await?,
            Event::Dispute => {
                let what = [("currency", "GBP"), ("reason", "quality"), ("scope", "amount"), ("amount", "20")];
                self.say(who, "/account/dispute", &[&what[..], &[("words", "Torn")]].concat()).await?;
            }
            Event::Claim => {
                let on = self.day(-1);
                let what = [("currency", "GBP"), ("scope", "amount"), ("amount", "10"), ("paid_by", "bank")];
                self.say(who, "/account/already-paid", &[&what[..], &[("paid_on", &*on)]].concat()).await?;
            }
            Event::Uphold => self.decide(who, "uphold").await?,
            Event::Partly => self.decide(who, "partly").await?,
            Event::Reject => self.decide(who, "reject").await?,
            Event::Hardship => self.hardship(who).await?,
            Event::CreditNote => self.credit_note(who, 1).await?,
            Event::LargeCreditNote => self.credit_note(who, 4).await?,
            Event::SameCreditNote => self.same_credit_note().await?,
            Event::LateCharge => self.late_charge(who).await?,
            Event::WaivePart => self.waive(who, false).await?,
            Event::WaiveAll => self.waive(who, true).await?,
            Event::WriteOff => self.write_off(who, false).await?,
            Event::WriteOffAll => self.write_off(who, true).await?,
            Event::TakeWriteOffBack => self.take_write_off_back(who).await?,
            Event::AskForMoney => self.ask_for_money(who, false).await?,
            Event::BadRefund => self.ask_for_money(who, true).await?,
            Event::SendMoney => self.answer_money(who, "sent").await?,
            Event::KeepMoney => self.answer_money(who, "keep").await?,
            Event::Pause => self.pause(who, "hand", None).await?,
            Event::PauseUntil => self.pause(who, "hand", Some(10)).await?,
            Event::BreathingSpace => self.pause(who, "breathing_space", None).await?,
            Event::BreathingSpaceSince => self.breathing_space_since(who, 20).await?,
            Event::Stop => self.pause(who, "stop", None).await?,
            Event::EndPause => self.end_pause(who).await?,
            Event::OptOut => self.choose_mail(who, false).await?,
            Event::OptIn => self.choose_mail(who, true).await?,
            Event::Work => {
                self.kept.run_ok(&["work", "--once"]);
            }
            Event::NextDay => self.go_to(self.now + TimeDelta::days(1)).await,
            Event::NextWeek => self.go_to(self.now + TimeDelta::days(7)).await,
            Event::NextMonth => {
                let days = self.one_of(&[28, 30, 31, 33]);
                self.go_to(self.now + TimeDelta::days(days)).await;
            }
        }
        Some(())
    }

    /// Whether what runs is a lower amount, where the event is about one.
    async fn of_kind(&self, who: usize, event: Event) -> Option<()> {
        let about_less = !matches!(event, Event::InstalmentByCard | Event::InstalmentByBank);
        let running = self.running(who).await?;
        ((running.kind == "settlement") == about_less).then_some(())
    }
}
