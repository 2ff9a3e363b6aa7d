package directory

import (
	"context"
	"errors"
	"slices"
	"testing"

	"traybell/shared/protocol"
)

func TestSearch(t *testing.T) {
	crm := &memory{name: "crm"}
	crm.set(nil,
		protocol.Customer{Login: "elkina", Name: "Анна Ёлкина", Company: "Ромашка", Phone: "+74951234567"},
		protocol.Customer{Login: "anna", Name: "Anna Petrova", Email: "anna@romashka.example", Phone: "+74951234568"},
		protocol.Customer{Login: "boris", Name: "Boris", Company: "Ромашка", City: "Тверь", Phone: "+74951234569"})
	erp := &memory{name: "erp"}
	erp.set(nil, protocol.Customer{Login: "elkina", City: "Тверь", Mobile: "+79161234567"})
	d := directory(t, russian(t), crm, erp)
	if err := d.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string][]string{
		"елкина":             {"elkina"},
		"РОМАШКА":            {"elkina", "boris"},
		"ромашка тверь":      {"boris"},
		"тверь":              {"elkina", "boris"},
		"romashka":           {"anna"},
		"8 (495) 123-45-68":  {"anna"},
		"+7 916 123-45-67":   {"elkina"},
		"1234567":            {"elkina"},
		"a phone 4951234567": nil,
	} {
		found, err := d.Search(t.Context(), text, 10)
		var logins []string
		for _, c := range found {
			logins = append(logins, c.Login)
		}
		slices.Sort(logins)
		slices.Sort(want)
		if err != nil || !slices.Equal(logins, want) {
			t.Errorf("%s: %v, want %v, %v", text, logins, want, err)
		}
	}
	if found, err := d.Search(t.Context(), "елкина", 10); err != nil || found[0].City != "Тверь" {
		t.Errorf("the fields of another directory are missing: %+v, %v", found, err)
	}
	if found, err := d.Search(t.Context(), "ромашка", 1); err != nil || len(found) != 1 {
		t.Errorf("more than the limit: %+v, %v", found, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.Search(ctx, "ромашка", 1); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
