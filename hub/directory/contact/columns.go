package contact

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Column is the meaning of a column of a table or of an LDAP attribute.
type Column int

// The columns. Label, Extension and Number refer to a number column with the same Index.
const (
	Other Column = iota
	Login
	Name
	Title // the name of a customer who may be a person or a company; a Company if there is a Name
	First
	Middle
	Last
	Email
	Company
	Phone
	Mobile
	Fax
	Home
	Location
	Street
	Zip
	City
	Country
	Office
	Label     // what kind of number: "Mobile", "work fax"
	Extension // of the number before
	Unused    // known from an address book, and of no use
)

// Known names the columns, for error texts.
const Known = "login, name, first name, last name, email, company, phone, mobile, home phone, fax, location, " +
	"street, zip, city, country, office"

// columnNames has the names of columns, as plainWord returns them and without the prefix "User" of
// OTRS.
var columnNames = map[string]Column{
	"login": Login, "customerlogin": Login, "username": Login, "логин": Login, "имяпользователя": Login,
	"name": Name, "fullname": Name, "displayname": Name, "имя": Name, "фио": Name, "фамилияимяотчество": Name,
	"полноеимя": Name, "отображаемоеимя": Name, "anzeigename": Name, "vollständigername": Name, "contactname": Name,
	"контактноелицо": Name, "контакт": Name, "ansprechpartner": Name, "contactperson": Name,
	"наименование": Title, "клиент": Title, "контрагент": Title, "customer": Title, "client": Title, "kunde": Title,
	"наименованиеполное": Unused, "полноенаименование": Unused,
	"firstname": First, "givenname": First, "fname": First, "vorname": First,
	"middlename": Middle, "additionalname": Middle, "weiterevornamen": Middle, "отчество": Middle,
	"lastname": Last, "surname": Last, "familyname": Last, "lname": Last, "nachname": Last, "familienname": Last,
	"фамилия": Last, "ім'я": First, "прізвище": Last, "побатькові": Middle, "назва": Title,
	"prénom": First, "nom": Last, "nomcomplet": Name, "nombre": First, "apellidos": Last, "apellido": Last,
	"nombrecompleto": Name, "nome": First, "cognome": Last, "sobrenome": Last, "nomecompleto": Name,
	"imię": First, "nazwisko": Last, "imięinazwisko": Name, "nazwa": Title, "jméno": First, "příjmení": Last,
	"email": Email, "mail": Email, "emailaddress": Email, "mailaddress": Email, "primaryemail": Email,
	"secondaryemail": Email, "additionalemail": Email, "workemail": Email, "homeemail": Email, "otheremail": Email,
	"businessemail": Email,
	"emailadresse":  Email, "primäreemailadresse": Email, "sekundäreemailadresse": Email,
	"zusätzlicheemailadresse": Email,
	"adressedemessagerie":     Email, "courriel": Email, "correo": Email, "correoelectrónico": Email, "пошта": Email,
	"почта": Email, "электроннаяпочта": Email, "элпочта": Email, "адресэлпочты": Email, "адресэлектроннойпочты": Email,
	"рабочийemail": Email, "частныйemail": Email, "личныйemail": Email, "другойemail": Email, "домашнийemail": Email,
	"основнойадресэлпочты": Email, "дополнительныйадресэлпочты": Email,
	"company": Company, "companyname": Company, "organization": Company, "organisation": Company,
	"organizationname": Company, "organisationname": Company, "accountname": Company, "society": Company,
	"firma": Company, "firmenname": Company, "unternehmen": Company,
	"société": Company, "entreprise": Company, "empresa": Company, "azienda": Company, "società": Company,
	"компанія": Company, "організація": Company,
	"компания": Company, "организация": Company, "фирма": Company, "названиекомпании": Company,
	"названиеорганизации": Company, "наименованиеорганизации": Company,
	"phone": Phone, "number": Phone, "mobile": Mobile, "cell": Mobile, "fax": Fax, "homephone": Home,
	"location": Location, "address": Location, "addressformatted": Location, "адрес": Location, "adresse": Location,
	"юридическийадрес": Unused, "фактическийадрес": Location, "почтовыйадрес": Unused,
	"street": Street, "streetaddress": Street, "workaddress": Street, "businessstreet": Street, "addressstreet": Street,
	"straße": Street, "strasse": Street, "straßegeschäftlich": Street, "strassegeschäftlich": Street,
	"dienstlichadresse": Street, "улица": Street, "улицарабадрес": Street, "рабочийадрес": Street,
	"zip": Zip, "zipcode": Zip, "postalcode": Zip, "postcode": Zip, "plz": Zip, "postleitzahl": Zip,
	"workzipcode": Zip, "businesspostalcode": Zip, "addresspostalcode": Zip, "postleitzahlgeschäftlich": Zip,
	"dienstlichplz": Zip, "индекс": Zip, "индексрабадрес": Zip, "почтовыйиндекс": Zip,
	"city": City, "town": City, "workcity": City, "businesscity": City, "addresscity": City, "ort": City, "stadt": City,
	"ortgeschäftlich": City, "dienstlichort": City, "город": City, "городрабадрес": City, "населенныйпункт": City,
	"country": Country, "workcountry": Country, "businesscountryregion": Country,
	"businesscountry": Country, "addresscountry": Country, "land": Country, "landregiongeschäftlich": Country,
	"dienstlichland": Country, "страна": Country, "странаилирегионрабадрес": Country, "странарабадрес": Country,
	"office": Office, "officelocation": Office, "room": Office, "büro": Office, "кабинет": Office,
}

// Words in the names of number columns.
var (
	faxWords    = []string{"fax", "telefax", "faxnummer", "faxnumber", "факс", "факса", "факсы"}
	mobileWords = []string{
		"mobile", "mobil", "cell", "cellphone", "cellular", "handy", "mobiltelefon", "mobilephone", "mobilenumber",
		"gsm",
		"handynummer", "mobilnummer", "portable", "móvil", "celular", "cellulare", "komórka", "komórkowy", "telemóvel",
		"мобільний", "мобильный", "мобильного", "моб", "сотовый", "сот", "переносной",
	}
	phoneWords = []string{
		"phone", "phones", "telephone", "telephones", "phonenumber", "telephonenumber", "tel", "telefon", "telefone",
		"telefonnummer", "rufnummer", "autotelefon", "haupttelefon", "isdn", "callback", "rückmeldung",
		"téléphone", "tél", "teléfono", "telefono", "telefonu", "telefony", "обратныйвызов",
		"телефон", "телефоны", "телефона", "тел", "радиотелефон", "workphone", "businessphone", "officephone",
		"officenumber", "othernumber", "worknumber", "businessnumber", "mainnumber", "рабтелефон", "контактныйтелефон",
	}
	homeWords = []string{
		"home", "homephone", "homenumber", "private", "privat", "domicile", "casa", "domowy",
		"домашній", "домашний", "домашнего", "дом", "личный",
	}
	labelWords     = []string{"label", "type", "typ", "flags", "тип", "метка", "ярлык"}
	extensionWords = []string{"extension", "ext", "durchwahl", "добавочный", "доб"}
	// noNumbers are in the names of columns without numbers that someone could call from.
	noNumbers = []string{
		"pager", "telex", "пейджер", "пейджера", "телекс", "speeddial", "locale", "id", "yomi", "verified", "country",
		"hörbehinderte", "tty", "tdd", "телетайп",
	}
	// unused are in the names of columns that address books have, and that say nothing about who
	// calls.
	unused = []string{
		"phonetic", "yomi", "prefix", "suffix", "nickname", "birthday", "birth", "notes", "note", "photo", "labels",
		"label", "type", "title", "department", "gender", "hobby", "website", "web", "page", "initials", "categories",
		"custom", "group", "groupname", "grouptype", "membership", "file", "screen", "job", "anniversary", "state",
		"region", "box", "extended", "speeddial", "flags", "relation", "event", "im", "jot", "calendar", "user",
		"sensitivity", "priority", "language", "mileage", "occupation", "subject", "billing", "keywords", "spouse",
		"children", "profession", "pager", "address", "street", "city", "postal", "country", "zipcode", "short",
		"maiden", "server", "symbol", "code", "assistant's", "manager's", "referred", "account", "id", "e", "telex",
		"typ", "display", "userman", "angezeigter", "anrede", "abteilung", "position", "geburtstag", "notizen",
		"kategorien", "webseite", "internet",
		"beruf", "benutzer", "benutzerdef", "weitere", "abrechnungsinformation", "geschlecht", "initialen", "jahrestag",
		"messenger", "spitzname", "arbeitstitel", "bundesland", "hörbehinderte", "geburtsjahr", "geburtsmonat",
		"инн", "кпп", "огрн", "окпо", "код", "обращение", "суффикс", "отдел", "должность", "заметки", "комментарий",
		"день", "дата", "годовщина", "категории", "веб", "сайт", "пол", "хобби", "инициалы", "пейджер", "пейджера",
		"помощника", "краткое", "тип", "пользователь", "важность", "телетайп", "телекс", "источник", "область",
		"индекс", "улица", "город", "страна", "почтовый", "фото", "адрес",
	}
)

// Heading is a name of a column and what it means.
type Heading struct {
	Column
	Index int // the number in the name: 2 in "Phone 2 - Value"; 0: none
}

// Of returns the meaning of a name such as "E-Mail", "home_phone", "UserPhone" or "Телефон раб. 2".
func Of(word string) Heading {
	words := split(word)
	var h Heading
	plain := ""
	for i, w := range words {
		if n, err := strconv.Atoi(w); err == nil {
			h.Index = n
		} else if i == 0 || !slices.Contains([]string{"value", "значение", "wert"}, w) {
			plain += w
		}
	}
	h.Column = columnNames[plain]
	if h.Column == Other {
		h.Column = columnNames[strings.TrimPrefix(plain, "user")]
	}
	if h.Column == Other {
		h.Column = kind(words, plain)
	}
	return h
}

// kind recognises the columns of numbers by their words: there are too many names for a list.
func kind(words []string, plain string) Column {
	has := func(any []string) bool {
		return slices.Contains(any, plain) || slices.Contains(any, strings.TrimPrefix(plain, "user")) ||
			slices.ContainsFunc(words, func(w string) bool { return slices.Contains(any, w) })
	}
	number := kindOfNumber(has)
	switch {
	case number != Other && has(labelWords):
		return Label
	case number != Other && has(extensionWords):
		return Extension
	case number != Other && !has(noNumbers):
		return number
	case has(unused), has(homeWords): // a private address
		return Unused
	}
	return Other
}

// kindOfNumber returns the kind of number with certain words in its name, or Other.
func kindOfNumber(has func([]string) bool) Column {
	switch {
	case has(faxWords):
		return Fax
	case has(mobileWords):
		return Mobile
	case has(homeWords) && has(phoneWords), has([]string{"homephone", "homenumber"}):
		return Home
	case has(phoneWords):
		return Phone
	}
	return Other
}

// labelled returns the kind of number with a label such as "Mobile" or "Work Fax".
func labelled(label string) Column {
	words := split(label)
	has := func(any []string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(any, w) })
	}
	switch {
	case has(noNumbers):
		return Unused
	case has(homeWords) && !has(faxWords) && !has(mobileWords):
		return Home
	}
	return kindOfNumber(has)
}

// split returns the words and the numbers in a name, in lower case: "phone_1_type" has three.
func split(name string) (words []string) {
	var word []rune
	end := func() {
		if len(word) > 0 {
			words = append(words, string(word))
			word = nil
		}
	}
	for _, r := range strings.ToLower(name) {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'':
			end()
			continue
		case len(word) > 0 && unicode.IsDigit(r) != unicode.IsDigit(word[0]):
			end()
		}
		word = append(word, r)
	}
	end()
	return words
}
