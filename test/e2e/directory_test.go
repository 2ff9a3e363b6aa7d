//go:build e2e

package e2e

import (
	stdsql "database/sql"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"traybell/hub/directory"
	"traybell/hub/directory/carddav"
	"traybell/hub/directory/directorytest"
	"traybell/hub/directory/ldap"
	"traybell/hub/directory/sql"
	"traybell/hub/ldapserver"
	"traybell/shared/phone"
	"traybell/shared/protocol"
	"traybell/test/lab"

	goldap "github.com/go-ldap/ldap/v3"
)

func sqlSource(t *testing.T, o sql.Options) *sql.Source {
	t.Helper()
	o.Name = "otrs"
	s, err := sql.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func ldapSource(t *testing.T, o ldap.Options) *ldap.Source {
	t.Helper()
	o.Name = "ad"
	if o.BaseDN == "" {
		o.BaseDN = lab.LDAPBase
	}
	s, err := ldap.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// read returns the customers of a source and its warnings.
func read(t *testing.T, s directory.Source) (customers []protocol.Customer, warnings string, err error) {
	t.Helper()
	var problems []string
	err = s.Read(t.Context(), func(c protocol.Customer) {
		customers = append(customers, c)
	}, func(p directory.Problem) { problems = append(problems, p.Text) })
	return customers, strings.Join(problems, "\n"), err
}

// refuses reads from sources that fail and checks the error text.
func refuses(t *testing.T, s directory.Source, words ...string) {
	t.Helper()
	_, _, err := read(t, s)
	if err == nil {
		t.Errorf("read without an error; want one with %q", words)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%v\n  does not say %q", err, w)
		}
	}
	if strings.Contains(err.Error(), lab.Password) || strings.Contains(err.Error(), "p%40ss") ||
		strings.Contains(err.Error(),
			"hunter2") {
		t.Errorf("the error contains the password: %v", err)
	}
}

func databaseStory(t *testing.T, driver string, d *lab.Database) {
	t.Helper()
	directorytest.Story(t, directorytest.Fixture{
		Source: sqlSource(t, sql.Options{Driver: driver, DSN: d.DSN}),
		Write:  func(t *testing.T, c []protocol.Customer) { d.Write(t, c) },
		Stop:   func(t *testing.T) { d.Stop(t) }, Start: func(t *testing.T) { d.Start(t) },
		Away: "check that the server is running",
	})
}

func TestMariaDB(t *testing.T) {
	d := lab.StartMariaDB(t)
	databaseStory(t, sql.MySQL, d)

	from := func(dsn, query, ca string) directory.Source {
		return sqlSource(t, sql.Options{Driver: sql.MySQL, DSN: dsn, Query: query, CA: ca})
	}
	asURL := "mysql://traybell:lab%3A%20p%40ss%2Fword@" + d.Address() + "/otrs?tls=skip-verify"
	customers, warnings, err := read(t, from(asURL, "", ""))
	if err != nil || len(customers) != 2 || warnings != "" {
		t.Errorf("as a URL: %+v, warnings %q, error %v", customers, warnings, err)
	}
	d.Exec(t, "CREATE USER 'secure'@'%' IDENTIFIED BY 'hunter2' REQUIRE SSL; GRANT SELECT ON otrs.* TO 'secure'@'%'")
	secure := "secure:hunter2@tcp(" + d.Address() + ")/otrs"
	if customers, _, err := read(t, from(secure, "", d.CA())); err != nil || len(customers) != 2 {
		t.Errorf("encrypted: %d customers, error %v", len(customers), err)
	}
	refuses(t, from(secure, "", lab.OtherCA(t)), "certificate", "in `ca`")
	refuses(t, from(secure, "", ""), "Access denied")
	refuses(t, from("traybell:wrong@tcp("+d.Address()+")/otrs", "", ""), "Access denied",
		"check the user and the password")
	refuses(t, from("traybell:"+lab.Password+"@tcp("+d.Address()+")/nothing", "", ""), "check the database name")
	refuses(t, from("traybell:"+lab.Password+
		"@tcp(unknown.invalid:3306)/otrs", "", ""), "the host unknown.invalid is unknown")
	refusedQueries(t, func(query string) directory.Source { return from(d.DSN, query, "") })
	ownQuery(t,
		from(d.DSN,
			"SELECT id AS UserLogin, CONCAT(first_name, ' ', last_name) AS name, phone AS `Home-Phone`, "+
				"valid_id AS validity FROM customer_user WHERE login = 'gone';\n",
			""))
	manyCustomers(t, d, from(d.DSN, "", ""),
		"INSERT INTO customer_user SELECT seq, CONCAT('user', seq), '', '', 'A', 'B', CONCAT('+7495', 1000000 + "+
			"seq), '', NULL, NULL, NULL, NULL, NULL, 1 FROM seq_2001_to_102000")
	brokenText(t, d,
		from(d.DSN+"?charset=binary",
			"SELECT login, CAST(x'4dfc6c6c6572' AS CHAR CHARACTER SET binary) AS name, phone "+
				"FROM customer_user WHERE id = 1000",
			""))
}

func TestPostgreSQL(t *testing.T) {
	d := lab.StartPostgres(t)
	databaseStory(t, sql.Postgres, d)

	from := func(dsn, query string) directory.Source {
		return sqlSource(t, sql.Options{Driver: sql.Postgres, DSN: dsn, Query: query})
	}
	words := func(password, database, more string) string {
		return "host=127.0.0.1 port=" + d.Port + " user=traybell password='" + password + "' dbname=" + database +
			" " + more
	}
	if customers, warnings, err := read(t, from(words(lab.Password, "postgres", "sslmode=require"), "")); err != nil ||
		len(customers) != 2 || warnings != "" {
		t.Errorf("as words: %d customers, warnings %q, error %v", len(customers), warnings, err)
	}
	refuses(t, from(words("wrong", "postgres", ""), ""), "password authentication failed",
		"check the user and the password")
	refuses(t, from(words(lab.Password, "nothing", ""), ""), "check the database name")
	refuses(t, from(words(lab.Password, "postgres", "sslmode=verify-full sslrootcert="+lab.OtherCA(t)), ""),
		"certificate")
	refusedQueries(t, func(query string) directory.Source { return from(d.DSN, query) })
	ownQuery(t,
		from(d.DSN,
			`WITH x AS (SELECT * FROM customer_user)
			SELECT id AS "UserLogin", first_name || ' ' || last_name AS name, phone AS "Home-Phone",
				valid_id AS validity
			FROM x WHERE login = 'gone'`))
	manyCustomers(t, d, from(d.DSN, ""),
		"INSERT INTO customer_user SELECT i, 'user' || i, '', '', 'A', 'B', '+7495' || (1000000 + i), '', NULL, "+
			"NULL, NULL, NULL, NULL, 1 FROM generate_series(2001, 102000) i")
}

// refusedQueries checks the errors of invalid queries.
func refusedQueries(t *testing.T, with func(query string) directory.Source) {
	t.Helper()
	refuses(t, with("SELECT login, phone FROM customers"), "query", "is this the database of the help desk?")
	refuses(t, with("SELECT login, telephone FROM customer_user"), "query", "set query to one with the columns")
	refuses(t, with("SELECT login phone FROM WHERE"), "check query")
	refuses(t, with("SELECT id, phone FROM customer_user"), "the query names no column that identifies the customer",
		"AS login")
	refuses(t, with("SELECT login, email FROM customer_user"), "no column with numbers")
}

// ownQuery has columns with names of OTRS, a number as login, and an unused column.
func ownQuery(t *testing.T, s directory.Source) {
	t.Helper()
	customers, warnings, err := read(t, s)
	want := protocol.Customer{Login: "1000", Name: "No Longer", HomePhone: "+74951234567"}
	if err != nil || len(customers) != 1 || customers[0] != want {
		t.Errorf("own columns: %+v, error %v", customers, err)
	}
	if !strings.Contains(warnings, `unknown columns are not used: "validity"`) {
		t.Errorf("warnings %q", warnings)
	}
}

// manyCustomers checks that each customer is streamed once.
func manyCustomers(t *testing.T, d *lab.Database, s directory.Source, insert string) {
	t.Helper()
	d.Exec(t, insert)
	reader, err := phone.NewReader("RU", nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := directory.New(reader, slog.New(slog.NewTextHandler(io.Discard, nil)), directory.Feed{Source: s})
	if err := dir.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	status := dir.Status()[0]
	if status.Rows != 100_002 {
		t.Errorf("%d customers", status.Rows)
	}
	found, err := dir.Find(t.Context(), reader.Read("84951054321"))
	if err != nil || len(found) != 1 || found[0].Login != "user54321" {
		t.Errorf("found %+v, %v", found, err)
	}
	t.Logf("100,002 customers read and indexed in %s", status.Took)
}

func brokenText(t *testing.T, _ *lab.Database, s directory.Source) {
	t.Helper()
	customers, warnings, err := read(t, s)
	if err != nil || len(customers) != 1 || customers[0].Name != "Müller" ||
		!strings.Contains(warnings, "not UTF-8") {
		t.Errorf("text that is not UTF-8: %+v, warnings %q, error %v", customers, warnings, err)
	}
}

// The default query works on a real Znuny.
func TestCustomersOfZnuny(t *testing.T) {
	z := lab.StartZnuny(t)
	s := sqlSource(t, sql.Options{Driver: sql.MySQL, DSN: z.DSN()})
	reader, err := phone.NewReader("RU", nil)
	if err != nil {
		t.Fatal(err)
	}
	d := directory.New(reader, slog.New(slog.NewTextHandler(io.Discard, nil)), directory.Feed{Source: s})
	if err := d.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	for raw, want := range map[string]string{
		"+79167654321": "ivanov", "84951234568": "petrova", "+74951234567;ext=12": "petrova ivanov",
	} {
		found, err := d.Find(t.Context(), reader.Read(raw))
		var logins []string
		for _, c := range found {
			logins = append(logins, c.Login)
		}
		if err != nil || strings.Join(logins, " ") != want {
			t.Errorf("%s: %q, %v; want %q", raw, logins, err, want)
		}
	}
	// The table lacks no column of the default query; the lab's own databases have fewer columns.
	db, err := stdsql.Open("mysql", z.DSN())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var valid int
	row := db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM customer_user WHERE valid_id = 1")
	if err := row.Scan(&valid); err != nil {
		t.Fatal(err)
	}
	if status := d.Status()[0]; status.Rows != valid || status.Troubles != 0 {
		t.Errorf("%d of %d customers, problems %v", status.Rows, valid, status.Problems)
	}
}

func TestLDAP(t *testing.T) {
	s := lab.StartSlapd(t)
	plain := "ldap://" + s.Address()
	base := ldap.Options{Options: ldapserver.Options{URL: plain, BindDN: lab.LDAPAdmin, Password: lab.LDAPPassword}}

	// The lab's entries use the attributes of Active Directory.
	customers, warnings, err := read(t, ldapSource(t, base))
	if err != nil || len(customers) != 2 || warnings != "" {
		t.Fatalf("%+v, warnings %q, error %v", customers, warnings, err)
	}
	want := protocol.Customer{
		Login: "ivanov", Name: "Ivanov, Ivan", Email: "ivanov@acme.lab", Phone: "+7 (495) 123-45-67; 101",
		Mobile:    "+7 916 765-43-21; 89160000000",
		HomePhone: "8-499-111-22-33", Fax: "+7 495 123 45 68", Location: "Moscow", City: "Moscow",
	}
	if customers[0] != want || customers[1].Login != "petrova" || customers[1].Name != "Olga Petrova" {
		t.Errorf("%+v", customers)
	}

	with := func(change func(*ldap.Options)) directory.Source {
		o := base
		change(&o)
		return ldapSource(t, o)
	}
	logins := func(s directory.Source) string {
		t.Helper()
		customers, _, err := read(t, s)
		if err != nil {
			t.Error(err)
		}
		var out []string
		for _, c := range customers {
			out = append(out, c.Login+c.Name+c.Phone)
		}
		return strings.Join(out, " ")
	}
	mapped := map[string]string{
		"UserLogin": "userPrincipalName", "UserFirstname": "givenName", "UserLastname": "sn",
		"UserPhone": "otherMobile", "UserMobile": "",
	}
	for _, test := range []struct {
		what, want string
		source     directory.Source
	}{
		{"a filter", "petrovaOlga Petrova84951234599", with(func(o *ldap.Options) {
			o.Filter = "(userAccountControl=514)"
		})},
		{"a group", "ivanovIvanov, Ivan+7 (495) 123-45-67; 101", with(func(o *ldap.Options) {
			o.Filter = "(memberOf=cn=Inner,ou=Groups,dc=acme,dc=lab)"
		})},
		{"one level", "", with(func(o *ldap.Options) { o.BaseDN, o.Scope = "dc=acme,dc=lab", "one" })},
		{"one entry", "petrovaOlga Petrova84951234599", with(func(o *ldap.Options) {
			o.BaseDN, o.Scope = "cn=Olga Petrova,"+lab.LDAPBase, "base"
		})},
		{"own map", "ivanov@acme.labIvan Ivanov89160000000", with(func(o *ldap.Options) {
			o.Map, o.Filter = mapped, "(givenName=Ivan)"
		})},
		{"LDAPS", "petrovaOlga Petrova84951234599", with(func(o *ldap.Options) {
			o.URL, o.CA, o.Filter = "ldaps://localhost:"+s.TLSPort, s.CA(), "(sn=Petrova)"
		})},
		{"StartTLS", "petrovaOlga Petrova84951234599", with(func(o *ldap.Options) {
			o.StartTLS, o.CA, o.Filter = true, s.CA(), "(sn=Petrova)"
		})},
		{"no one signed in", "petrovaOlga Petrova84951234599", with(func(o *ldap.Options) {
			o.BindDN, o.Password, o.Filter = "", "", "(sn=Petrova)"
		})},
	} {
		if got := logins(test.source); got != test.want {
			t.Errorf("%s: %q, want %q", test.what, got, test.want)
		}
	}

	refuses(t, with(func(o *ldap.Options) { o.Password = "hunter2" }), "sign in as "+lab.LDAPAdmin,
		"Invalid Credentials (49)", "check bind_dn and password")
	refuses(t, with(func(o *ldap.Options) {
		o.BaseDN = "ou=Nobody,dc=acme,dc=lab"
	}), "check base_dn", `"dc=acme,dc=lab"`)
	refuses(t, with(func(o *ldap.Options) { o.BaseDN = "dc=elsewhere" }), "check base_dn")
	refuses(t, with(func(o *ldap.Options) {
		o.URL = "ldaps://localhost:" + s.TLSPort
	}), "certificate", "in `ca`")
	refuses(t, with(func(o *ldap.Options) {
		o.StartTLS, o.CA = true, lab.OtherCA(t)
	}), "certificate", "set ca")
	refuses(t, with(func(o *ldap.Options) { o.URL = "ldaps://unknown.invalid" }),
		"the host unknown.invalid is unknown")
	refuses(t, with(func(o *ldap.Options) { o.URL = "ldap://127.0.0.1:1" }),
		"check that the server is running")

	// Referrals to other servers are not followed, but reported.
	s.As(t, func(conn *goldap.Conn) error {
		add := goldap.NewAddRequest("cn=elsewhere,"+lab.LDAPBase, []goldap.Control{goldap.NewControlManageDsaIT(true)})
		add.Attribute("objectClass", []string{"referral", "extensibleObject"})
		add.Attribute("cn", []string{"elsewhere"})
		add.Attribute("ref", []string{"ldap://127.0.0.1:1/ou=Users,dc=elsewhere"})
		return conn.Add(add)
	})
	if customers, warnings, err := read(t, ldapSource(t, base)); err != nil || len(customers) != 2 ||
		!strings.Contains(warnings, "ldap://127.0.0.1:1/ou=Users,dc=elsewhere") {
		t.Errorf("with a referral: %d customers, warnings %q, error %v", len(customers), warnings, err)
	}

	// More entries than fit on a page, and more than anonymous users get.
	var many []protocol.Customer
	for i := range 1234 {
		many = append(many, protocol.Customer{
			Login: fmt.Sprint("user", i), Name: "A B", Phone: fmt.Sprint("+7495", 1000000+i),
		})
	}
	s.Write(t, many)
	if customers, warnings, err := read(t, ldapSource(t, base)); err != nil || len(customers) != 1234 ||
		warnings != "" {
		t.Errorf("three pages: %d customers, warnings %q, error %v", len(customers), warnings, err)
	}
	customers, warnings, err = read(t, with(func(o *ldap.Options) { o.BindDN, o.Password = "", "" }))
	if err != nil || len(customers) != 1000 ||
		!strings.Contains(warnings, "stopped after 1000 entries: its size limit") {
		t.Errorf("a size limit: %d customers, warnings %q, error %v", len(customers), warnings, err)
	}

	directorytest.Story(t, directorytest.Fixture{
		Source: ldapSource(t, base),
		Write:  func(t *testing.T, c []protocol.Customer) { s.Write(t, c) },
		Stop:   func(t *testing.T) { s.Stop(t) }, Start: func(t *testing.T) { s.Start(t) },
		Away: "check that the server is running",
	})
}

// A directory with references, escaped names, several values, language options, a disabled account
// and an alias.
func TestLDAPAttributes(t *testing.T) {
	s := lab.StartSlapd(t)
	s.Load(t, "customers.ldif")
	source := func(base string) *ldap.Source {
		return ldapSource(t, ldap.Options{Options: ldapserver.Options{
			URL: "ldap://" + s.Address(), BindDN: lab.LDAPAdmin, Password: lab.LDAPPassword, BaseDN: base,
		}})
	}
	customers, warnings, err := read(t, source("ou=Customers,dc=acme,dc=lab"))
	var got []string
	for _, c := range customers {
		got = append(got, c.Login+": "+c.Name+", "+c.Phone)
	}
	slices.Sort(got)
	want := []string{
		"ivanov: Ivanov, Ivan, +7 (495) 123-45-67; 101", // by the alias
		"maria: Мария Соколова, +7 903 111-22-33", "old: Old Customer, +7 926 111 22 33",
		"petrov: Petrov, Ivan, +7 495 123-45-67; +7 495 123-45-68; 8 (916) 123-45-67",
		"tagged: only tagged, +7 926 000 00 01",
	}
	if err != nil || warnings != "" || !slices.Equal(got, want) {
		t.Errorf("got %q, want %q, warnings %q, error %v", got, want, warnings, err)
	}
	if c, _, err := read(t, source(`cn=Petrov\, Ivan,ou=Customers,dc=acme,dc=lab`)); err != nil || len(c) != 1 {
		t.Errorf("an escaped name: %+v, %v", c, err)
	}
	if c, _, err := read(t, source("cn=Alias of Ivan,ou=Customers,dc=acme,dc=lab")); err != nil || len(c) != 1 {
		t.Errorf("an alias: %+v, %v", c, err)
	}
	const elsewhere = "ldap://ForestDnsZones.acme.lab/dc=ForestDnsZones,dc=acme,dc=lab"
	if c, warnings, err := read(t, source("dc=acme,dc=lab")); err != nil || len(c) != 6 ||
		!strings.Contains(warnings, elsewhere) {
		t.Errorf("with a reference: %d customers, warnings %q, error %v", len(c), warnings, err)
	}
	refuses(t, source("dc=ForestDnsZones,dc=acme,dc=lab"), "refers to "+elsewhere, "set url")
	refuses(t, source("ou=x,dc=ForestDnsZones,dc=acme,dc=lab"), "refers to ldap://ForestDnsZones.acme.lab/", "set url")
	refuses(t, source("ou=None,dc=acme,dc=lab"), `this server has "dc=acme,dc=lab", but not the name below it`)
}

func TestCardDAV(t *testing.T) {
	s := lab.StartRadicale(t)
	with := func(change func(*carddav.Options)) *carddav.Source {
		t.Helper()
		o := carddav.Options{
			Name: "cloud", URL: s.URL(), Username: lab.CardDAVUser, Password: lab.CardDAVPassword, CA: s.CA(),
		}
		change(&o)
		source, err := carddav.New(o)
		if err != nil {
			t.Fatal(err)
		}
		return source
	}
	directorytest.Story(t, directorytest.Fixture{
		Source: with(func(*carddav.Options) {}), NoLogins: true,
		Write: func(t *testing.T, c []protocol.Customer) { s.Write(t, c) },
		Stop:  func(t *testing.T) { s.Stop(t) }, Start: func(t *testing.T) { s.Start(t) },
		Away: "check that the server is running",
	})
	for _, path := range []string{"/", "/" + lab.CardDAVUser + "/", s.Book()} {
		c, warnings, err := read(t, with(func(o *carddav.Options) { o.URL += path }))
		if err != nil || len(c) != 2 || warnings != "" {
			t.Errorf("%s: %d customers, warnings %q, error %v", path, len(c), warnings, err)
		}
	}
	// The synchronization token changes with the cards.
	book := with(func(o *carddav.Options) { o.URL += s.Book() })
	before, err := book.Stamp(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if again, err := book.Stamp(t.Context()); err != nil || again != before {
		t.Errorf("without a change: %q, then %q, %v", before, again, err)
	}
	s.Write(t, []protocol.Customer{{Name: "New", Phone: "+74951234567"}})
	if after, err := book.Stamp(t.Context()); err != nil || after == before {
		t.Errorf("after a change: %q, %v", after, err)
	}
	refuses(t, with(func(o *carddav.Options) { o.Password = "hunter2" }), "401", "check username and password")
	refuses(t, with(func(o *carddav.Options) { o.URL += "/nothing/here/" }), "check url")
	refuses(t, with(func(o *carddav.Options) { o.CA = lab.OtherCA(t) }), "certificate", "in `ca`")
}
