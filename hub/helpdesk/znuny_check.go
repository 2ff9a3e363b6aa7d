package helpdesk

import (
	"context"
	"errors"
	"fmt"
)

// Check signs in and looks around without making anything, for `traybell-hub check`. seen are
// sentences on what was found, also beside an error; the error says what has to be mended, several
// things joined.
func (z *Znuny) Check(ctx context.Context) (seen []string, err error) {
	if _, err := z.signedIn(ctx, z.session.get()); err != nil {
		return nil, z.explain(err, Draft{}, "")
	}
	seen = append(seen,
		fmt.Sprintf("Signed in to %s as %q by the web service %q.", z.base, z.o.Username, z.o.WebService))
	tickets, err := z.search(ctx, map[string]any{"Limit": 1})
	if err != nil {
		return seen, z.explain(err, Draft{}, "")
	}
	if len(tickets) == 0 {
		seen = append(seen,
			fmt.Sprintf("%q sees no ticket. Where the help desk has some, it lacks rights on their queues; and "+
				"whether the dynamic fields exist cannot be told yet.",
				z.o.Username))
	} else {
		seen = append(seen, "Searching works.")
		if _, err := z.get(ctx, tickets); err != nil {
			return seen, z.explain(err, Draft{}, "")
		}
	}
	var wrong []error
	for _, name := range z.fields() {
		if len(tickets) == 0 {
			break
		}
		// A search by a field that does not exist ignores it and finds every ticket.
		found, err := z.search(ctx, map[string]any{
			"DynamicField_" + name: map[string]string{"Equals": "traybell looks whether this field exists"},
			"Limit":                1,
		})
		switch {
		case err != nil:
			return seen, z.explain(err, Draft{}, "")
		case len(found) > 0:
			wrong = append(wrong, &Error{Reason: z.noField(name)})
		default:
			seen = append(seen, fmt.Sprintf("The dynamic field %q is there.", name))
		}
	}
	if z.o.CallField == "" {
		seen = append(seen,
			"No dynamic field for the call's id is named: after a lost answer the hub cannot tell whether a ticket "+
				"was made.")
	}
	if z.o.UnknownCustomer == "" {
		seen = append(seen, "No unknown_customer is named: tickets of unknown callers will be refused.")
	}
	return seen, errors.Join(wrong...)
}
