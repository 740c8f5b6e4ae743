//! The reminder policy: edited as a form without scripts, checked by the domain, and what changed is on record.

use kept_tests::town::between;
use kept_tests::{Answer, Kept, Visitor, both};

const PATH: &str = "/console/policy/reminders";

/// Saves a policy whose only step is so many days after the due date, on one channel.
pub async fn save_one_step(owner: &Visitor, channel: &str, days: u32) {
    let days = days.to_string();
    let typed = [
        ("act", "save"),
        ("preset", "courteous"),
        ("ladders", "1"),
        ("rules", "1"),
        ("r1_ladder", "usual"),
        ("l1_code", "usual"),
        ("l1_name", "Usual"),
        ("l1_steps", "1"),
        ("l1s1_code", channel),
        ("l1s1_days", &days),
        ("l1s1_side", "after"),
        ("l1s1_by1", channel),
        ("l1s1_template", "considerate"),
        ("l1s1_tone", "considerate"),
    ];
    owner.post_form(PATH, &typed).await.leads_to("?done=reminders");
}

async fn owner(kept: &Kept) -> Visitor {
    let owner = kept.visitor();
    let (email, password) = ("ada@jessop.example.com", "punched cards weave flowers");
    let typed = [("business", "Jessop Stationers"), ("name", "Ada Jessop"), ("email", email), ("password", password)];
    owner.post_form("/console/setup", &typed).await.leads_to("/console");
    owner
}

/// What a browser would send of the policy's form, without a button.
struct Typed(Vec<(String, String)>);

impl Typed {
    fn of(page: &Answer) -> Self {
        let form = between(&page.body, "<form method=\"post\" action=\"/console/policy/reminders\"", "</form>");
        let mut fields = Vec::new();
        let attribute = |tag: &str, name: &str| {
            let at = tag.find(&format!(" {name}=\""))? + name.len() + 3;
            Some(tag[at..].split('"').next()?.to_owned())
        };
        let mut select = None;
        for tag in form.split('<').filter_map(|tag| tag.split('>').next()) {
            if tag.starts_with("select ") {
                select = attribute(tag, "name");
            } else if tag.starts_with("option ") && tag.contains(" selected") {
                fields.push((select.clone().unwrap(), attribute(tag, "value").unwrap()));
            } else if tag.starts_with("input ") {
                let boxed = attribute(tag, "type").as_deref() == Some("checkbox");
                if !boxed || tag.contains(" checked") {
                    fields.push((attribute(tag, "name").unwrap(), attribute(tag, "value").unwrap_or_default()));
                }
            }
        }
        assert!(fields.len() > 60, "the form is read: {fields:?}");
        Self(fields)
    }

    fn set(mut self, name: &str, text: &str) -> Self {
        self.0.retain(|(n, _)| n != name);
        self.0.push((name.to_owned(), text.to_owned()));
        self
    }

    async fn press(&self, visitor: &Visitor, act: &str) -> Answer {
        let mut fields: Vec<(&str, &str)> = self.0.iter().map(|(n, text)| (n.as_str(), text.as_str())).collect();
        fields.push(("act", act));
        visitor.post_form(PATH, &fields).await
    }
}

async fn stored(kept: &Kept) -> String {
    kept.ask("SELECT contact_policy FROM businesses").await.remove(0)
}

both!(the_policy_names_its_sources_and_says_what_somebody_would_get, async |kept| {
    let owner = owner(kept).await;
    owner.get("/console/policy").await.expect(200).sees("href=\"/console/policy/reminders\"");
    let page = owner.get(PATH).await.expect(200);
    let page = page.sees("Regulation F").sees("RG 96").sees("CONC").sees("not legal advice");
    let page = page.sees("At most 5 contacts of any kind in any 30 days").sees("Ann, who owes £240.00 since");
    let page = page.sees("on the ladder “Usual”").sees("considerate reminder by e-mail").sees("by telephone call");
    // A reliable payer is treated more gently, and a small sum too.
    let typed = Typed::of(&page).set("since_on", "2026-11-03").set("balance", "240");
    typed.press(&owner, "preview").await.expect(200).sees("6 November 2026, 09:00: first nudge by e-mail");
    let typed = typed.set("record", "good");
    let good = typed.press(&owner, "preview").await.expect(200).sees("on the ladder “Those who pay reliably”");
    good.sees("13 November 2026, 09:00: first nudge by e-mail").does_not_see("6 November 2026, 09:00");
    let typed = typed.set("record", "usual").set("balance", "20");
    typed.press(&owner, "preview").await.expect(200).sees("on the ladder “Small balances”");
    // The preview is of what is typed, not of what is stored.
    let typed = typed.set("balance", "240").set("l1s2_days", "8");
    typed.press(&owner, "preview").await.expect(200).sees("11 November 2026, 09:00: first nudge by e-mail");
    assert_eq!(stored(kept).await, "", "looking changes nothing");
});

both!(before_it_is_saved_a_change_is_compared_with_what_is_saved, async |kept| {
    let owner = owner(kept).await;
    let page = owner.get(PATH).await.expect(200).sees("Compare with what is saved");
    let nobody = Typed::of(&page).press(&owner, "compare").await.expect(200);
    nobody.sees("Nobody owes anything, so nothing changes today");
    kept_tests::town::owe(kept, "", "ann", 3);
    Typed::of(&page).press(&owner, "compare").await.expect(200).sees("Nobody gets anything else.");
    // By letter, as somebody without a postal address cannot be reached, and later for the call.
    let typed =
        Typed::of(&page).set("l1s2_by1", "letter").set("l1s2_by2", "").set("l1s2_by3", "").set("never_by", "email");
    let shown = typed.press(&owner, "compare").await.expect(200);
    let shown = shown.sees("All 3 who owe you something, over 90 days").sees("3 customers get fewer messages");
    let table = between(&shown.body, "id=\"change\"", "</section>");
    assert!(table.contains("E-mails") && table.contains("fewer</td>") && table.contains("class=\"was\""), "{table}");
    assert_eq!(stored(kept).await, "", "comparing saves nothing");
    assert_eq!(kept.ask("SELECT COUNT(*) || '' FROM contacts").await, ["0"], "and sends nothing");
    // A mistake is told first.
    Typed::of(&page).set("contacts_max", "0").press(&owner, "compare").await.expect(422).sees("href=\"#contacts_max\"");
});

both!(steps_and_rules_are_moved_about_without_scripts_and_saved_once_they_are_right, async |kept| {
    let owner = owner(kept).await;
    let page = Typed::of(&owner.get(PATH).await.expect(200)).press(&owner, "add_step_1").await.expect(200);
    let page = page.sees("id=\"l1s8\"");
    let page = Typed::of(&page).set("l1s8_days", "120").press(&owner, "up_1_8").await.expect(200);
    let wrong = Typed::of(&page).press(&owner, "save").await.expect(422);
    wrong.sees("href=\"#l1s8_days\"").sees("must come later than the step before it").sees("Error: ");
    assert_eq!(stored(kept).await, "");
    let page = Typed::of(&page).press(&owner, "down_1_7").await.expect(200);
    let page = Typed::of(&page).press(&owner, "remove_step_1_1").await.expect(200);
    let page = Typed::of(&page).press(&owner, "add_ladder").await.expect(200);
    let page = Typed::of(&page).set("l4_name", "Companies").press(&owner, "add_rule").await.expect(200);
    let typed = Typed::of(&page).set("r3_who", "company").set("r3_ladder", "ladder_1");
    kept.change("UPDATE debtors SET look_at_ms = 5").await;
    let done = typed.press(&owner, "save").await.leads_to("?done=reminders");
    let page = owner.follow(done).await.expect(200).sees("The reminders are saved");
    let page = page.sees("Companies").sees("120 days after: Before new orders wait");
    let again = Typed::of(&page).set("whom", "company").press(&owner, "preview").await.expect(200);
    again.sees("on the ladder “Companies”");
    let said = kept.ask("SELECT actor || ' ' || detail FROM events WHERE kind = 'reminders_changed'").await;
    assert_eq!(said.len(), 1);
    assert!(said[0].starts_with("user:"), "{said:?}");
    assert!(said[0].ends_with("who is on which ladder, ladder “Usual”, new ladder “Companies”"), "{said:?}");
    // Saving what is saved is no event.
    Typed::of(&page).press(&owner, "save").await.leads_to("?done=reminders");
    assert_eq!(kept.ask("SELECT detail FROM events WHERE kind = 'reminders_changed'").await.len(), 1);
});

both!(a_preset_only_narrows_and_everybody_is_looked_at_again, async |kept| {
    let owner = owner(kept).await;
    let path = kept.data().join("people.csv");
    std::fs::write(&path, "reference,name,email\nann,Ann,ann@example.com\n").unwrap();
    kept.run_ok(&["import", "debtors", path.to_str().unwrap()]);
    kept.change("UPDATE debtors SET look_at_ms = 1893456000000").await;
    let page = owner.get(PATH).await.expect(200);
    let codes: Vec<String> = page
        .body
        .split("name=\"preset\" value=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect();
    assert!(codes.len() >= 4 && codes[0] == "courteous", "{codes:?}");
    // Wider limits of one's own change nothing of what the preset allows.
    let typed = Typed::of(&page)
        .set("contacts_max", "50")
        .set("contacts_days", "30")
        .set("sat_from", "09:00")
        .set("sat_to", "12:00");
    let shown = typed.press(&owner, "preview").await.expect(200);
    let holds = between(&shown.body, "id=\"in-force\"", "</section>");
    assert!(holds.contains("At most 5 contacts of any kind in any 30 days"), "{holds}");
    // And the strictest holds: on Saturdays alone nobody can be reached between Monday and Friday.
    shown.sees("would get nothing").sees("no hour is permitted");
    for (name, text, field, words) in [
        ("contacts_max", "0", "contacts_max", "whole number from 1 to 100"),
        ("mon_from", "nine", "mon_from", "Monday: enter a time like 09:00"),
        ("l2_name", "", "l2_name", "Enter a name"),
        ("l1s2_days", "-1", "l1s2_days", "whole number of days"),
        ("l3s1_by1", "", "l3s1_by2", ""),
    ] {
        let wrong = Typed::of(&page).set(name, text).press(&owner, "save").await;
        if words.is_empty() {
            // The second choice moves up.
            wrong.leads_to("?done=reminders");
        } else {
            wrong.expect(422).sees(&format!("href=\"#{field}\"")).sees(words);
        }
    }
    let mut none = Typed::of(&page);
    none.0.retain(|(name, _)| name != "preset");
    none.press(&owner, "save").await.expect(422).sees("href=\"#preset\"");
    kept.change("UPDATE debtors SET look_at_ms = 1893456000000").await;
    Typed::of(&page).set("days_between", "10").press(&owner, "save").await.leads_to("?done=reminders");
    assert_eq!(kept.ask("SELECT CAST(look_at_ms AS TEXT) FROM debtors").await, ["0"]);
    assert!(stored(kept).await.contains("\"days_between\":10"));
});

both!(only_an_owner_changes_the_policy, async |kept| {
    let owner = owner(kept).await;
    let invited = owner.post_form("/console/users", &[("email", "clerk@jessop.example.com"), ("role", "clerk")]).await;
    let url = between(&invited.expect(200).body, "/console/invite/", "<").to_owned();
    let clerk = kept.visitor();
    let typed = [("name", "Cal"), ("password", "a password for the clerk"), ("again", "a password for the clerk")];
    clerk.post_form(&format!("/console/invite/{url}"), &typed).await.expect(303);
    let page = clerk.get(PATH).await.expect(200).sees("Only an owner can change this");
    Typed::of(&page).press(&clerk, "save").await.expect(403);
    assert_eq!(stored(kept).await, "");
});
