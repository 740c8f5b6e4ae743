//! The words of messages: seen, changed, refused, brought back, and sent.

use kept_tests::town::{between, owe, working_hour};
use kept_tests::{Answer, Kept, Visitor, both};

const PASSWORD: &str = "punched cards weave flowers";
const LIST: &str = "/console/templates";
const NUDGE: &str = "/console/templates/nudge/email/en";
const GERMAN: &str = "/console/templates/considerate/email/de";
const BODY: &str = "{{ greeting }} {{ private }}\n\nDear friend, is something not right?\n\n{{ invoices }}\n\n{{ ways }}\n\n{{ link }}\n\n{{ closing }}";

async fn set_up(kept: &Kept) -> Visitor {
    let owner = kept.visitor();
    let typed = [
        ("business", "Jessop Stationers"),
        ("name", "Ada Jessop"),
        ("email", "ada@example.com"),
        ("password", PASSWORD),
    ];
    owner.post_form("/console/setup", &typed).await.leads_to("/console");
    owner
}

async fn save(owner: &Visitor, path: &str, seen: &str, subject: &str, body: &str) -> Answer {
    owner.post_form(path, &[("act", "save"), ("seen", seen), ("subject", subject), ("body", body)]).await
}

both!(words_are_changed_in_versions_and_come_back, async |kept| {
    let owner = set_up(kept).await;
    owner.get(LIST).await.expect(200).sees("First nudge").sees("as delivered").does_not_see("yours, version");
    owner.get(NUDGE).await.expect(200).sees("As delivered").sees("{{ invoices }}").does_not_see("Earlier words");
    // Looking at what is typed saves nothing.
    let look = [("act", "look"), ("seen", "0"), ("subject", "Hello"), ("body", "PAY NOW {{ nonsense }}")];
    let page = owner.post_form(NUDGE, &look).await.expect(200).sees("Capitals").sees("There is no {{ nonsense }}");
    page.sees("PAY NOW {{ nonsense }}").sees("As delivered");
    save(&owner, NUDGE, "0", "Hello from {{ business }}", BODY).await.leads_to(&format!("{NUDGE}?done=words"));
    let page = owner.get(&format!("{NUDGE}?done=words")).await.expect(200).sees("Yours, version 1");
    page.sees("These words are in force now").sees("Ada Jessop").sees("Dear friend");
    owner.get(LIST).await.expect(200).sees("yours, version 1");
    // Who saves what is in force changes nothing; who did not see the newest version is told.
    save(&owner, NUDGE, "1", "Hello from {{ business }}", BODY).await.expect(303);
    save(&owner, NUDGE, "0", "Another", BODY).await.expect(422).sees("Somebody else saved other words");
    save(&owner, NUDGE, "1", "A second time", BODY).await.expect(303);
    owner.get(NUDGE).await.expect(200).sees("Yours, version 2").sees("A second time");
    let restore =
        |version: &'static str, seen: &'static str| [("act", "restore"), ("seen", seen), ("version", version)];
    owner.post_form(NUDGE, &restore("1", "2")).await.expect(303);
    owner.get(NUDGE).await.expect(200).sees("Yours, version 3").sees("Hello from {{ business }}");
    owner.post_form(NUDGE, &restore("", "3")).await.expect(303);
    owner.get(NUDGE).await.expect(200).sees("Back to the words as delivered").does_not_see("Dear friend");
    owner.get(LIST).await.expect(200).does_not_see("yours, version");
    owner.post_form(NUDGE, &restore("4", "4")).await.expect(404);
    owner.post_form(NUDGE, &restore("9", "4")).await.expect(404);
    let told = "SELECT detail FROM events WHERE kind = 'template_changed' ORDER BY id";
    assert_eq!(
        kept.ask(told).await,
        [
            "Changed the words of First nudge (e-mail, English): version 1",
            "Changed the words of First nudge (e-mail, English): version 2",
            "Changed the words of First nudge (e-mail, English): version 3",
            "Brought the delivered words of First nudge (e-mail, English) back",
        ]
    );
});

both!(words_that_break_a_rule_are_not_saved_and_each_is_named, async |kept| {
    let owner = set_up(kept).await;
    let bad = "Hello {{ nmae }}.\n\nYou failed to pay. We will take legal action!\n\n{{ link";
    let page = save(&owner, NUDGE, "0", "Your invoice", bad).await.expect(422);
    for words in [
        "The subject shows to others: leave out “invoice”",
        "There is no {{ nmae }} in this message",
        "Put {{ link }} somewhere",
        "Put {{ invoices }} somewhere",
        "Close what these braces open",
        "in line 3: “You failed”",
        "in line 3: “legal action”",
        "Exclamation mark in line 3",
        "No way to object",
        "No way to get help",
    ] {
        assert!(page.body.contains(words), "{words:?} is missing:\n{}", page.body);
    }
    save(&owner, NUDGE, "0", "", BODY).await.expect(422).sees("Write a subject");
    save(&owner, GERMAN, "0", "Gruß", &BODY.replace("Dear friend", "SOFORT ZAHLEN")).await.expect(422).sees("Capitals");
    let sms = "/console/templates/nudge/sms/en";
    save(&owner, sms, "0", "", &format!("{} {{{{ link }}}}", "Something not right? We help. ".repeat(5)))
        .await
        .expect(422)
        .sees("so that it fits into one text message");
    assert!(kept.ask("SELECT id FROM templates").await.is_empty(), "nothing was saved");
    for path in ["nudge/call/en", "nudge/email/it", "nothing/email/en", "nudge/pigeon/en"] {
        owner.get(&format!("{LIST}/{path}")).await.expect(404);
    }
    owner.post_form(NUDGE, &[("act", "save")]).await.expect(400);
});

both!(the_preview_shows_a_real_customer, async |kept| {
    let owner = set_up(kept).await;
    owe(kept, "", "alder", 2);
    let id = kept.ask("SELECT id FROM debtors WHERE reference = 'alder-2'").await.remove(0);
    let page = owner.get(&format!("{GERMAN}?debtor={id}")).await.expect(200).sees("Guten Tag Person alder-2.");
    page.sees("Rechnung alder-2-a, fällig am ").sees("400,00\u{a0}£").sees("600,00\u{a0}£");
    owner.get(&format!("{GERMAN}?debtor=none")).await.expect(200).sees("Ann Archer");
    let hostile = [("act", "look"), ("seen", "0"), ("subject", "x"), ("body", "</textarea><i>a</i> & b")];
    owner
        .post_form(GERMAN, &hostile)
        .await
        .expect(200)
        .sees("&lt;/textarea&gt;&lt;i&gt;a")
        .does_not_see("</textarea><i>");
    // The same field elsewhere: what is typed stays text.
    let typed = [("act", "preview"), ("currency", "GBP"), ("address", "</textarea><i>a</i>")];
    owner.post_form("/console/policy", &typed).await.sees("&lt;/textarea&gt;&lt;i&gt;a").does_not_see("</textarea><i>");
});

both!(a_message_leaves_in_the_business_s_own_words, async |kept| {
    let owner = set_up(kept).await;
    owe(kept, "", "alder", 1);
    // The first step of the ladder after the due date.
    save(&owner, NUDGE, "0", "A line from {{ business }}", BODY).await.expect(303);
    let folder = kept.data().join("sent");
    kept.set("KEPT_MAIL_FROM", "Jessop Stationers <accounts@example.com>");
    kept.set("KEPT_MAIL_FOLDER", folder.to_str().unwrap());
    kept.set("KEPT_NOW", &working_hour());
    kept.run_ok(&["work", "--once"]);
    let sent: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap().replace("=\r\n", "").replace("=\n", ""))
        .collect();
    let [message] = &sent[..] else { panic!("{sent:?}") };
    assert!(message.contains("Subject: A line from Jessop Stationers"), "{message}");
    assert!(message.contains("Dear friend, is something not right?"), "{message}");
    assert!(between(message, "Invoice alder-1-a", "left to pay").contains("400.00"), "{message}");
});

/// The words of a page that whoever previews its address sees: its title and all of its text.
fn seen(page: &str) -> String {
    let title = between(page, "<title>", "</title>");
    let body = page.split("<body").nth(1).unwrap();
    let text: String =
        body.split('<').map(|part| part.split_once('>').map_or("", |(_, text)| text)).collect::<Vec<_>>().join(" ");
    format!("{title} {text}").replace("&#39;", "'").replace("&#x27;", "'")
}

both!(what_others_see_of_a_message_tells_nobody_of_a_debt, async |kept| {
    use kept_domain::language::Language;
    use kept_domain::template::telling;
    let owner = set_up(kept).await;
    let links = owe(kept, "", "alder", 1);
    // Whoever fetches the address for a preview, or has an old one.
    for path in [links[0].as_str(), "/l/AAAAAAAAAAAAAAAAAAAAAA"] {
        let page = owner.get(path).await;
        let seen = seen(&page.body);
        assert!(seen.len() > 40, "{seen}");
        assert_eq!(telling(Language::English, &seen).map(|at| seen[at].to_owned()), None, "{path}: {seen}");
        for told in ["alder", "Person", "400", "200"] {
            assert!(!seen.contains(told), "{path} tells {told}: {seen}");
        }
        assert!(!page.body.contains("og:") && !page.body.contains("name=\"description\""), "{}", page.body);
    }
    // The name is checked where it is given, as at the set-up and in the settings.
    let more = ["--owner", "O", "--email", "o@example.com"];
    let refused = kept.command(&[&["business", "add", "EuroInkasso"], &more[..]].concat()).output().unwrap();
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("leave out words that tell of a debt"));
    kept.run_ok(&[&["business", "add", "Bill & Sons Collectables"], &more[..]].concat());
    // And where the configuration gives another.
    let refused =
        kept.command(&["work", "--once"]).env("KEPT_MAIL_FROM", "Arrears Team <a@example.com>").output().unwrap();
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("mail.from: Arrears"), "{refused:?}");
});
