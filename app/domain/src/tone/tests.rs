use super::*;
use Language::{English as En, French as Fr, German as De, Spanish as Es};

/// Sentences as people write them, each with what must be found in it: nothing in the second half of each language.
///
/// To name court only to say that one would like to avoid it is found as a threat: whoever worries about money reads
/// that court is near, and nothing is lost by leaving it out.
const SENTENCES: &[(Language, &str, &[Rule])] = &[
    (En, "If we do not hear from you, we will take legal action.", &[Rule::ThreatLegal]),
    (En, "We would like to avoid court for both of us.", &[Rule::ThreatLegal]),
    (En, "Your case will be passed to our debt collectors.", &[Rule::ThreatLegal]),
    (En, "This may affect your credit score.", &[Rule::ThreatCredit]),
    (En, "One of our team will come to your house on Friday.", &[Rule::ThreatVisit]),
    (En, "We may have to contact your employer.", &[Rule::ThreatOthers]),
    (En, "You should be ashamed of how you treat a small shop.", &[Rule::Shaming]),
    (En, "Everybody else pays on time.", &[Rule::Shaming]),
    (En, "This is your final warning.", &[Rule::FalseUrgency]),
    (En, "You have 24 hours to settle it.", &[Rule::FalseUrgency]),
    (En, "PAY NOW and all is well.", &[Rule::Capitals]),
    (En, "YOUR BILL IS STILL OPEN.", &[Rule::Capitals]),
    (En, "Please pay us soon!", &[Rule::Exclamation]),
    (En, "You are legally obliged to pay this sum.", &[Rule::LegalBluff]),
    (En, "Take this as a letter before action.", &[Rule::LegalBluff]),
    (En, "You have ignored three letters from us.", &[Rule::Blaming]),
    (En, "Despite our many reminders there is no money here.", &[Rule::Blaming]),
    (En, "The final amount is £120.00 with VAT.", &[]),
    (En, "Our IBAN is GB33 BUKB 2020 1555 5555 55, the BIC is BUKBGB22.", &[]),
    (En, "This is about the KALLAX shelf and the RX500 lamp.", &[]),
    (En, "We painted the lines of your tennis court in May.", &[]),
    (En, "There is no need to be embarrassed: many people are short of money at times.", &[]),
    (En, "If your payment failed, please tell us and we will look into it.", &[]),
    (En, "Thank you for your visit, it was good to see you.", &[]),
    (En, "We sent you a credit note, and you can also pay by credit card.", &[]),
    (En, "If you have paid in the last few days, no further action is needed.", &[]),
    (En, "You can ask for Sue or Bill on the phone.", &[]),
    (En, "The last payment came on 3 May. Thank you.", &[]),
    (De, "Sonst müssen wir den Fall an ein Inkassobüro geben.", &[Rule::ThreatLegal, Rule::FalseUrgency]),
    (De, "Wir sehen uns dann vor Gericht.", &[Rule::ThreatLegal]),
    (De, "Als Nächstes folgt ein gerichtlicher Mahnbescheid.", &[Rule::ThreatLegal, Rule::ThreatLegal]),
    (De, "Wir melden den Fall der SCHUFA.", &[Rule::ThreatCredit]),
    (De, "Ein Mitarbeiter kommt am Freitag bei Ihnen zu Hause vorbei.", &[Rule::ThreatVisit]),
    (De, "Wir werden uns an Ihren Arbeitgeber wenden.", &[Rule::ThreatOthers]),
    (De, "Das sollte Ihnen peinlich sein.", &[Rule::Shaming]),
    (De, "Bitte zahlen Sie sofort.", &[Rule::FalseUrgency]),
    (De, "Dies ist die letzte Mahnung.", &[Rule::FalseUrgency]),
    (De, "BITTE ZAHLEN Sie die Rechnung.", &[Rule::Capitals]),
    (De, "Hiermit setzen wir Ihnen eine Nachfrist.", &[Rule::LegalBluff, Rule::LegalBluff]),
    (De, "Sie haben unsere Briefe ignoriert.", &[Rule::Blaming]),
    (De, "Trotz unserer Erinnerungen kam kein Geld.", &[Rule::Blaming]),
    (De, "Wir warten auf Ihr Geld!", &[Rule::Exclamation]),
    (De, "Die letzte Zahlung kam am 3. März, vielen Dank.", &[]),
    (De, "Unsere IBAN steht auf der Rechnung der Muster GmbH & Co. KG.", &[]),
    (De, "Es geht um das Gericht, das wir zu Ihrer Feier lieferten.", &[]),
    (De, "Niemand muss sich dafür schämen, wenn das Geld knapp ist.", &[]),
    (De, "Danke für Ihren Besuch in unserem Laden.", &[]),
    (De, "Sie können auch per Sofortüberweisung oder mit der Kreditkarte zahlen.", &[]),
    (De, "Brauchen Sie sonst noch Hilfe?", &[]),
    (De, "Die Gutschrift schicken wir Ihnen ohne weitere Kosten.", &[]),
    (De, "Wir antworten Ihnen sofort.", &[]),
    (De, "Das Regal BILLY und die Lampe LX7 kamen im Mai.", &[]),
    (Fr, "Nous serons obligés d'aller au tribunal.", &[Rule::ThreatLegal]),
    (Fr, "Votre dossier sera remis à un huissier.", &[Rule::ThreatLegal]),
    (Fr, "Vous risquez un fichage à la Banque de France.", &[Rule::ThreatCredit]),
    (Fr, "Un collègue va passer chez vous lundi.", &[Rule::ThreatVisit]),
    (Fr, "Nous devrons prévenir votre employeur.", &[Rule::ThreatOthers]),
    (Fr, "Vous devriez avoir honte.", &[Rule::Shaming]),
    (Fr, "Ceci est un dernier rappel avant la suite.", &[Rule::FalseUrgency]),
    (Fr, "Merci de payer sans délai.", &[Rule::FalseUrgency]),
    (Fr, "Ceci vaut mise en demeure.", &[Rule::LegalBluff]),
    (Fr, "Vous avez ignoré nos courriers.", &[Rule::Blaming]),
    (Fr, "Malgré nos relances, rien n'est venu.", &[Rule::Blaming]),
    (Fr, "VOTRE FACTURE est ouverte.", &[Rule::Capitals]),
    (Fr, "Payez vite !", &[Rule::Exclamation]),
    (Fr, "La dernière facture date du 3 mai, merci.", &[]),
    (Fr, "Le montant final est de 120,00 € avec la TVA.", &[]),
    (Fr, "Notre IBAN est sur la facture de la SARL Dupont.", &[]),
    (Fr, "Vous pouvez payer par carte de crédit.", &[]),
    (Fr, "Merci de votre visite au magasin.", &[]),
    (Fr, "Il n'y a aucune honte à manquer d'argent un mois.", &[]),
    (Fr, "Toutes nos excuses pour cette erreur.", &[]),
    (Fr, "La caisse d'avocats est arrivée le 2 mai.", &[]),
    (Fr, "Le dépannage urgent du 4 mai est sur la facture.", &[]),
    (Es, "Tendremos que iniciar acciones legales.", &[Rule::ThreatLegal]),
    (Es, "Pasaremos su caso a una agencia de cobros.", &[Rule::ThreatLegal]),
    (Es, "Le incluiremos en un fichero de morosos.", &[Rule::ThreatCredit, Rule::Shaming]),
    (Es, "Iremos a su casa el lunes.", &[Rule::ThreatVisit]),
    (Es, "Tendremos que hablar con su jefe.", &[Rule::ThreatOthers]),
    (Es, "Debería darle vergüenza.", &[Rule::Shaming]),
    (Es, "Este es el último aviso.", &[Rule::FalseUrgency]),
    (Es, "Pague inmediatamente.", &[Rule::FalseUrgency]),
    (Es, "Por la presente le requerimos el pago.", &[Rule::LegalBluff, Rule::LegalBluff]),
    (Es, "Usted no ha cumplido su palabra.", &[Rule::Blaming]),
    (Es, "A pesar de nuestros avisos, no vemos el pago.", &[Rule::Blaming]),
    (Es, "PAGUE HOY la factura.", &[Rule::Capitals]),
    (Es, "¡Pague ya!", &[Rule::FalseUrgency, Rule::Exclamation, Rule::Exclamation]),
    (Es, "El último pago llegó el 3 de mayo, gracias.", &[]),
    (Es, "El importe final es de 120,00 € con IVA.", &[]),
    (Es, "El IBAN está en la factura de Pérez SL.", &[]),
    (Es, "Puede pagar con tarjeta de crédito.", &[]),
    (Es, "Gracias por su visita a la tienda.", &[]),
    (Es, "Nadie tiene que sentir vergüenza: no es ninguna vergüenza.", &[]),
    (Es, "Si quiere, puede visitarnos en la tienda.", &[]),
    (Es, "El envío urgente del 4 de mayo está en la factura.", &[]),
    (Es, "La mesa llegó a su casa el 4 de mayo.", &[]),
];

/// Rules about what a whole message lacks do not apply to one sentence.
fn in_words(language: Language, sentence: &str) -> Vec<Finding> {
    let whole = [Rule::NoWayToObject, Rule::NoWayToHelp, Rule::ReadingAge];
    let found = lint(language, Channel::Email, "", sentence);
    found.into_iter().filter(|f| !whole.contains(&f.rule)).collect()
}

#[test]
fn each_sentence_is_judged_as_a_courteous_person_would() {
    let good = SENTENCES.iter().filter(|(_, _, rules)| rules.is_empty()).count();
    assert!(SENTENCES.len() >= 60 && good >= 30, "{good} of {}", SENTENCES.len());
    let mut wrong = Vec::new();
    for (language, sentence, expected) in SENTENCES {
        let found = in_words(*language, sentence);
        let mut rules: Vec<Rule> = found.iter().map(|f| f.rule).collect();
        let mut expected = expected.to_vec();
        rules.sort();
        expected.sort();
        if rules != expected {
            let words: Vec<_> = found.iter().map(|f| (f.rule.code(), &f.words)).collect();
            wrong.push(format!("{sentence}: {words:?}"));
        }
        for finding in found {
            assert_eq!(&sentence[finding.at.clone()], finding.words, "the exact words");
            assert!(finding.why.ends_with('.') && !finding.instead.is_empty(), "{finding:?}");
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn what_stands_instead_is_courteous_itself() {
    for language in Language::ALL {
        for (_, _, instead) in words::of(language).rules() {
            assert_eq!(in_words(language, instead), [], "{instead}");
        }
        let lexicon = words::of(language);
        let both = [lexicon.instead_object, lexicon.instead_help].join(" ");
        assert_eq!(lint(language, Channel::Email, "", &both), [], "{both}");
    }
}

#[test]
fn a_message_without_a_way_out_is_told_so() {
    for (language, bare) in [
        (En, "The bill of May is open. Please pay it by Friday."),
        (De, "Die Rechnung vom Mai ist offen. Bitte zahlen Sie bis Freitag."),
        (Fr, "La facture de mai est ouverte. Merci de la payer vendredi."),
        (Es, "La factura de mayo sigue abierta. Puede pagar el viernes."),
    ] {
        let rules = |body: &str| lint(language, Channel::Email, "", body).iter().map(|f| f.rule).collect::<Vec<_>>();
        assert_eq!(rules(bare), [Rule::NoWayToObject, Rule::NoWayToHelp], "{bare}");
        assert_eq!(rules(&format!("{bare}\n\n{{{{ ways }}}}")), [], "the list of ways brings both");
        let lexicon = words::of(language);
        assert_eq!(rules(&format!("{bare} {}", lexicon.instead_object)), [Rule::NoWayToHelp]);
        assert_eq!(rules(&format!("{bare} {}", lexicon.instead_help)), [Rule::NoWayToObject]);
    }
}

#[test]
fn what_is_hard_to_read_is_named_with_its_formula() {
    for (language, hard, formula) in [
        (
            En,
            "Hello. Notwithstanding our previous correspondence regarding your outstanding liabilities, we respectfully \
             necessitate your remittance of the aforementioned consideration within the contractually established \
             settlement period. Please tell us if something is wrong or if you need help.",
            "Flesch-Kincaid",
        ),
        (
            De,
            "Guten Tag. Bezugnehmend auf unsere vorangegangene Korrespondenz bezüglich der ausstehenden \
             Verbindlichkeiten ersuchen wir höflichst um die Begleichung des genannten Rechnungsbetrages innerhalb der \
             vereinbarten Zahlungsbedingungen. Stimmt etwas nicht, so bieten wir Ihnen gern unsere Hilfe an.",
            "Wiener Sachtextformel",
        ),
        (
            Fr,
            "Bonjour. Conséquemment à notre correspondance antérieure relative à vos obligations financières, nous \
             sollicitons respectueusement le versement de la contrepartie susmentionnée durant la période \
             contractuellement définie. Quelque chose ne va pas ? Nous pouvons vous aider.",
            "Kandel and Moles",
        ),
        (
            Es,
            "Buenos días. En relación con nuestra correspondencia anterior respecto de sus obligaciones económicas \
             pendientes, solicitamos respetuosamente la remisión de la contraprestación anteriormente mencionada \
             durante el periodo establecido contractualmente. ¿Algo no está bien? Le podemos ayudar.",
            "Crawford",
        ),
    ] {
        let found = lint(language, Channel::Letter, "", hard);
        let [finding] = &found[..] else { panic!("{found:?}") };
        assert_eq!(finding.rule, Rule::ReadingAge);
        assert!(finding.why.contains(formula), "{}", finding.why);
        assert!(finding.words.len() > 100 && !finding.words.contains('?'), "the hardest sentence: {}", finding.words);
    }
}

#[test]
fn places_are_those_of_the_text() {
    let body = "Hello {{ name }}.\n\nSomething wrong? We can help.\nPay now or else, {{ name }}.";
    let found = lint(En, Channel::Email, "A last WARNING", body);
    let places: Vec<_> = found.iter().map(|f| (f.rule, f.part, f.line, f.words.as_str())).collect();
    assert_eq!(
        places,
        [
            (Rule::FalseUrgency, Part::Subject, 1, "last WARNING"),
            (Rule::Capitals, Part::Subject, 1, "WARNING"),
            (Rule::FalseUrgency, Part::Body, 4, "Pay now or"),
        ]
    );
    assert_eq!(&body[found[2].at.clone()], "Pay now or");
    assert!(found[0].sentence().starts_with("False urgency in the subject: “last WARNING”. "));
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_linter_panic(text in "(\\PC|[{}!.\n]){0,80}") {
        for language in Language::ALL {
            for finding in lint(language, Channel::Sms, &text, &text) {
                assert_eq!(&text[finding.at.clone()], finding.words);
            }
        }
    }
}
