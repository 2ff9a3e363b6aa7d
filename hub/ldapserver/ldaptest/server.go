// Package ldaptest has a directory server for tests.
package ldaptest

import (
	"net"
	"testing"

	"traybell/hub/remote/remotetest"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// Request is a search.
type Request struct {
	Base       string
	Attributes []string
}

// Answer is what a server returns for a search or a sign-in.
type Answer struct {
	Entries   []Entry
	Elsewhere []string // continuation references
	Code      int64
	Matched   string
	Text      string
	Referral  []string
	Cookie    string // of the next page
}

// Entry is an entry of a server.
type Entry struct {
	DN         string
	Attributes map[string][]string
}

// Server is a fake: it gives answers that no other server gives.
type Server struct {
	Search func(Request) Answer
	Bind   func(dn, password string) Answer // nil: accepts every sign-in
}

// Serve starts a server that accepts every sign-in and answers searches.
func Serve(t testing.TB, search func(Request) Answer) (url string) {
	t.Helper()
	return Server{Search: search}.Start(t)
}

// Start starts the server.
func (s Server) Start(t testing.TB) (url string) {
	t.Helper()
	return "ldap://" + remotetest.Serve(t, s.talk)
}

func (s Server) talk(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	for {
		packet, err := ber.ReadPacket(conn)
		if err != nil || len(packet.Children) < 2 {
			return
		}
		id, op := packet.Children[0].Value.(int64), packet.Children[1]
		send := func(response ...*ber.Packet) {
			message := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
			message.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id, ""))
			for _, part := range response {
				message.AppendChild(part)
			}
			_, _ = conn.Write(message.Bytes())
		}
		switch op.Tag {
		case ldap.ApplicationBindRequest:
			var a Answer
			if s.Bind != nil {
				a = s.Bind(op.Children[1].Value.(string), op.Children[2].Data.String())
			}
			send(result(ldap.ApplicationBindResponse, a))
		case ldap.ApplicationSearchRequest:
			r := Request{Base: op.Children[0].Value.(string)}
			for _, a := range op.Children[7].Children {
				r.Attributes = append(r.Attributes, a.Value.(string))
			}
			a := s.Search(r)
			for _, e := range a.Entries {
				send(e.packet())
			}
			for _, url := range a.Elsewhere {
				reference := ber.Encode(ber.ClassApplication, ber.TypeConstructed,
					ldap.ApplicationSearchResultReference, nil, "")
				reference.AppendChild(octets(url))
				send(reference)
			}
			done := result(ldap.ApplicationSearchResultDone, a)
			if a.Cookie == "" {
				send(done)
				continue
			}
			paging := ldap.NewControlPaging(1)
			paging.SetCookie([]byte(a.Cookie))
			controls := ber.Encode(ber.ClassContext, ber.TypeConstructed, 0, nil, "")
			controls.AppendChild(paging.Encode())
			send(done, controls)
		default:
			return
		}
	}
}

func octets(text string) *ber.Packet {
	return ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, text, "")
}

func result(tag ber.Tag, a Answer) *ber.Packet {
	p := ber.Encode(ber.ClassApplication, ber.TypeConstructed, tag, nil, "")
	p.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, a.Code, ""))
	p.AppendChild(octets(a.Matched))
	p.AppendChild(octets(a.Text))
	if len(a.Referral) > 0 {
		urls := ber.Encode(ber.ClassContext, ber.TypeConstructed, 3, nil, "")
		for _, url := range a.Referral {
			urls.AppendChild(octets(url))
		}
		p.AppendChild(urls)
	}
	return p
}

func (e Entry) packet() *ber.Packet {
	p := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationSearchResultEntry, nil, "")
	p.AppendChild(octets(e.DN))
	attributes := ber.NewSequence("")
	for name, values := range e.Attributes {
		a := ber.NewSequence("")
		a.AppendChild(octets(name))
		set := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSet, nil, "")
		for _, v := range values {
			set.AppendChild(octets(v))
		}
		a.AppendChild(set)
		attributes.AppendChild(a)
	}
	p.AppendChild(attributes)
	return p
}
