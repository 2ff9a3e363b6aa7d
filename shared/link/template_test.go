package link

import (
	"net/url"
	"strings"
	"testing"

	"traybell/shared/protocol"
)

func call() protocol.Call {
	return protocol.Call{
		ID: "main:1795319561.0", Number: "84951234567", E164: "+74951234567", Name: "Иванов & Co", DID: "74950000001",
		Ticket: &protocol.Ticket{Number: "2026112210000013"},
	}
}

func ivanov() *protocol.Customer {
	return &protocol.Customer{
		Login: "ivanov", Name: "Иван Иванов", Email: "ivanov@example.com", Company: "Acme; GmbH",
		Phone: "+7 (495) 123-45-67, доб. 12", Mobile: "8 916",
		Fax: "1", HomePhone: "2", Location: "Москва, ул. Ленина, 1/2", Street: "Arbat 1", City: "Moscow", Office: "12",
	}
}

func TestExpand(t *testing.T) {
	for _, test := range []struct{ template, want string }{
		{"https://www.google.com/search?q=<PIM_CID>", "https://www.google.com/search?q=84951234567"},
		{"https://h/?n=<PIM_CID_E164>", "https://h/?n=%2B74951234567"},
		{"https://h?n=<PIM_CID>", "https://h?n=84951234567"},
		{
			"https://h/<PIM_UNIQUEID>/<pim_linkedid>?id=<PIM_CALLID>",
			"https://h/1795319561.0/1795319561.0?id=main%3A1795319561.0",
		},
		{"http://h:8080/crm/<PIM_CID>#top", "http://h:8080/crm/84951234567#top"},
		{
			"https://h/?name=<PIM_CIDNAME>&did=<PIM_DID>&by=<PIM_EXTENSION>",
			"https://h/?name=%D0%98%D0%B2%D0%B0%D0%BD%D0%BE%D0%B2%20%26%20Co&did=74950000001&by=101",
		},
		{
			"https://desk.example.com/otrs/index.pl?Action=AgentTicketPhone;Subaction=StoreNew;" +
				"ExpandCustomerName=2;CustomerUser=<PIM_CUSTOMER_UserLogin>;Subject=<PIM_CUSTOMER_UserCompany>",
			"https://desk.example.com/otrs/index.pl?Action=AgentTicketPhone;Subaction=StoreNew;" +
				"ExpandCustomerName=2;CustomerUser=ivanov;Subject=Acme%3B%20GmbH",
		},
		{
			"https://www.openstreetmap.org/search?query=<PIM_CUSTOMER_UserLocation>",
			"https://www.openstreetmap.org/search?query=%D0%9C%D0%BE%D1%81%D0%BA%D0%B2%D0%B0%2C%20" +
				"%D1%83%D0%BB.%20%D0%9B%D0%B5%D0%BD%D0%B8%D0%BD%D0%B0%2C%201%2F2",
		},
		{"https://h/z#user/profile/<PIM_CUSTOMER_UserLogin>", "https://h/z#user/profile/ivanov"},
		{
			"https://h/?m=<PIM_CUSTOMER_UserEmail>&t=<PIM_TICKET>",
			"https://h/?m=ivanov%40example.com&t=2026112210000013",
		},
		{
			"https://h/?a=<PIM_CUSTOMER_UserMobile>&b=<PIM_CUSTOMER_UserFax>&c=<PIM_CUSTOMER_UserHomePhone>" +
				"&d=<PIM_CUSTOMER_UserPhone>&e=<PIM_CUSTOMER_UserFullname>",
			"https://h/?a=8%20916&b=1&c=2&d=%2B7%20%28495%29%20123-45-67%2C%20%D0%B4%D0%BE%D0%B1.%2012" +
				"&e=%D0%98%D0%B2%D0%B0%D0%BD%20%D0%98%D0%B2%D0%B0%D0%BD%D0%BE%D0%B2",
		},
		{"https://h/поиск?q=<PIM_CID>", "https://h/%D0%BF%D0%BE%D0%B8%D1%81%D0%BA?q=84951234567"},
		{"https://h/fixed", "https://h/fixed"},
	} {
		template, err := Parse(test.template)
		if err != nil {
			t.Error(err)
			continue
		}
		if got, ok := template.Expand(Of(call(), ivanov(), "101")); !ok || got != test.want {
			t.Errorf("%s:\ngot  %s, %t\nwant %s", test.template, got, ok, test.want)
		}
	}
}

func TestNoLink(t *testing.T) {
	for _, test := range []struct {
		template string
		values   Values
		want     bool
	}{
		{"https://h/?q=<PIM_CID>", Values{}, false},
		{"https://h/?q=<PIM_CID>&l=<PIM_CUSTOMER_UserLogin>", Values{CID: "101"}, true},
		{"https://h/?q=<PIM_CID>&l=<PIM_CUSTOMER_UserLogin>", Values{DID: "101"}, false},
		{"https://h/<PIM_CUSTOMER_UserLogin>?q=<PIM_CID>", Values{CID: "101"}, false},
		{"https://h/<PIM_CUSTOMER_UserLogin>?q=<PIM_CID>", Values{UserLogin: "ivanov"}, true},
		{"https://h/a/<PIM_CUSTOMER_UserLogin>/b", Values{UserLogin: ".."}, false},
		{"https://h/a/<PIM_CUSTOMER_UserLogin>/b", Values{UserLogin: "."}, false},
		{"https://h/a/.<PIM_CUSTOMER_UserLogin>/b", Values{UserLogin: "."}, false},
		{"https://h/a/%2e<PIM_CUSTOMER_UserLogin>", Values{UserLogin: "."}, false},
		// its slash is escaped
		{"https://h/a/<PIM_CUSTOMER_UserLogin>/b", Values{UserLogin: "../.."}, true},
		{"https://h/?a=<PIM_CUSTOMER_UserLogin>", Values{UserLogin: ".."}, true},
	} {
		template, err := Parse(test.template)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := template.Expand(test.values); ok != test.want || ok == (got == "") {
			t.Errorf("%s with %v: %q, %t", test.template, test.values, got, ok)
		}
	}
	if got, ok := (*Template)(nil).Expand(Values{CID: "101"}); ok || got != "" {
		t.Errorf("nil template: %q", got)
	}
	// An unknown caller has no customer values, and a call without a ticket no ticket value.
	bare := call()
	bare.Ticket = nil
	for name := range Of(bare, nil, "101") {
		if strings.HasPrefix(name, "PIM_CUSTOMER_") || name == Ticket {
			t.Errorf("%s has a value", name)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for _, test := range []struct{ template, want string }{
		{"", "begin with https://"},
		{"javascript:alert(<PIM_CID>)", "begin with https://"},
		{"javascript://h/%0aalert(1)", "begin with https://"},
		{"file:///etc/passwd", "begin with https://"},
		{"<PIM_CUSTOMER_UserLogin>", "begin with https://"},
		{"<PIM_CID>://h/", "begin with https://"},
		{"https://<PIM_CID>/", "not allowed in the host"},
		{"https://h<PIM_CID>.example.com/", "not allowed in the host"},
		{"https://h:<PIM_CID>/", "not allowed in the host"},
		{"https://<PIM_CID>@h/", "not allowed in the host"},
		{"https://", "missing host"},
		{"https:///x", "missing host"},
		{"https://:80/x", "missing host"},
		{"https://h/?q=<PIM_CIDD>&r=<X>", "unknown placeholder <PIM_CIDD>, <X>; supported: <PIM_CID>, <PIM_CID_E164>"},
		{"https://h/?q=<>", "unknown placeholder <>"},
		{"https://h/?q=<PIM_CID", "outside a placeholder"},
		{"https://h/?q=PIM_CID>", "outside a placeholder"},
		{"https://h/?q=<PIM_CID>>", "outside a placeholder"},
		{`https://h\<PIM_CID>`, "position 10"},
		{"https://h/a b", "position 12"},
		{"https://h/a\nb", "not allowed in a URL"},
		{"https://h/%zz", "invalid URL escape"},
	} {
		_, err := Parse(test.template)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: error %v, want one with %q", test.template, err, test.want)
		}
	}
}

func TestAllPlaceholders(t *testing.T) {
	values := Of(call(), ivanov(), "101")
	for _, name := range Names() {
		template, err := Parse("https://h/?x=<" + name + ">")
		if err != nil {
			t.Fatal(err)
		}
		if only, ok := template.Expand(Values{name: "one"}); !ok || only != "https://h/?x=one" {
			t.Errorf("%s: %q", name, only)
		}
		if _, ok := template.Expand(values); !ok {
			t.Errorf("%s has no value", name)
		}
	}
	if len(values) != len(Names()) {
		t.Errorf("%d values for %d names", len(values), len(Names()))
	}
}

// A value never leaves its place: scheme, host, path segments and parameters are those of the
// template, and decoding returns the value.
func FuzzExpand(f *testing.F) {
	for _, seed := range []string{
		"84951234567", "a&b=c", "a;Action=Logout", "../../x", "..", "//evil.example", "\\evil", "@evil",
		"javascript:alert(1)", "#x", "?y=", "%2e%2e", "%", "\x00\r\n", "\xff", "Иван",
	} {
		f.Add(seed, seed)
	}
	template, err := Parse("https://desk.example.com/otrs/<PIM_CUSTOMER_UserLogin>/page.<PIM_CID>?" +
		"Action=Phone;User=<PIM_CUSTOMER_UserLogin>;x=<PIM_CID>&y=<PIM_CID>#z/<PIM_CID>")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, login, number string) {
		got, ok := template.Expand(Values{UserLogin: login, CID: number})
		if !ok {
			if login != "" && number != "" && login != "." && login != ".." {
				t.Fatalf("no link for %q and %q", login, number)
			}
			return
		}
		if strings.ContainsFunc(got, func(c rune) bool {
			return c <= ' ' || c >= 0x7f || strings.ContainsRune(`<>"'\`+"`", c)
		}) {
			t.Fatalf("%q is not safe to open", got)
		}
		address, err := url.Parse(got)
		if err != nil {
			t.Fatalf("%q: %v", got, err)
		}
		login, number = strings.ToValidUTF8(login, "\uFFFD"), strings.ToValidUTF8(number, "\uFFFD")
		if address.Scheme != "https" || address.Host != "desk.example.com" || address.User != nil {
			t.Fatalf("%q has another host", got)
		}
		parts := strings.Split(address.EscapedPath(), "/")
		if len(parts) != 4 || parts[1] != "otrs" {
			t.Fatalf("%q has another path", got)
		}
		first, _ := url.PathUnescape(parts[2])
		last, _ := url.PathUnescape(parts[3])
		if first != login || last != "page."+number {
			t.Fatalf("%q: path %q", got, parts)
		}
		pairs := strings.FieldsFunc(address.RawQuery, func(c rune) bool { return c == ';' || c == '&' })
		if len(pairs) != 4 {
			t.Fatalf("%q has other parameters", got)
		}
		for i, want := range []string{"Action=Phone", "User=" + login, "x=" + number, "y=" + number} {
			if plain, err := url.QueryUnescape(pairs[i]); err != nil || plain != want {
				t.Fatalf("%q: parameter %q, want %q", got, plain, want)
			}
		}
		if address.Fragment != "z/"+number {
			t.Fatalf("%q: fragment %q", got, address.Fragment)
		}
	})
}

// Any template is rejected or links to the host written in it.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"https://h/<PIM_CID>", "https://h:1?<PIM_CID>", "https://[::1]/<PIM_CID>", "http://u@h/%",
		"https://h\\@<PIM_CID>",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		template, err := Parse(source)
		if err != nil {
			return
		}
		one, _ := template.Expand(Values{CID: "1"})
		other, _ := template.Expand(Values{CID: "@evil.example/?#:\\ ../"})
		if one == "" || other == "" {
			return
		}
		a, err := url.Parse(one)
		if err != nil {
			t.Fatalf("%q: %q: %v", source, one, err)
		}
		b, err := url.Parse(other)
		if err != nil || a.Scheme != b.Scheme || a.Host != b.Host || a.User.String() != b.User.String() ||
			a.Scheme != "http" && a.Scheme != "https" {
			t.Fatalf("%q: %q and %q (%v)", source, one, other, err)
		}
	})
}
