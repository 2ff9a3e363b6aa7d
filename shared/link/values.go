package link

import (
	"regexp"
	"strings"

	"traybell/shared/protocol"
)

// Values are the values of placeholders, by name without angle brackets.
type Values map[string]string

// Placeholders, named as in the OTRS PBX client, with a few additions.
const (
	CID     = "PIM_CID"      // the caller's number as sent by the PBX
	CIDE164 = "PIM_CID_E164" // in the form +74951234567
	CIDName = "PIM_CIDNAME"
	DID     = "PIM_DID"
	// the call's Linkedid, like LinkedID: the UniqueID of a leg is meaningless outside the PBX
	UniqueID     = "PIM_UNIQUEID"
	LinkedID     = "PIM_LINKEDID"
	CallID       = "PIM_CALLID"    // the call's ID in traybell: the PBX and the Linkedid
	Extension    = "PIM_EXTENSION" // the agent's
	Ticket       = "PIM_TICKET"    // number of the call's ticket
	UserLogin    = "PIM_CUSTOMER_UserLogin"
	UserFullname = "PIM_CUSTOMER_UserFullname"
	UserEmail    = "PIM_CUSTOMER_UserEmail"
	UserCompany  = "PIM_CUSTOMER_UserCompany"
	UserPhone    = "PIM_CUSTOMER_UserPhone"
	UserMobile   = "PIM_CUSTOMER_UserMobile"
	UserFax      = "PIM_CUSTOMER_UserFax"
	UserHome     = "PIM_CUSTOMER_UserHomePhone"
	UserLocation = "PIM_CUSTOMER_UserLocation"
	UserStreet   = "PIM_CUSTOMER_UserStreet"
	UserCity     = "PIM_CUSTOMER_UserCity"
	UserOffice   = "PIM_CUSTOMER_UserOffice"
	// Variable is followed by the name of a field of call_data in hub.yml.
	Variable = "PIM_VAR_"
)

// Names lists the placeholders without angle brackets.
func Names() []string {
	return []string{
		CID, CIDE164, CIDName, DID, UniqueID, LinkedID, CallID, Extension, Ticket,
		UserLogin, UserFullname, UserEmail, UserCompany, UserPhone, UserMobile, UserFax, UserHome, UserLocation,
		UserStreet, UserCity, UserOffice,
	}
}

var fieldName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// known finds a placeholder, ignoring case.
func known(name string) (string, bool) {
	if len(name) > len(Variable) && strings.EqualFold(name[:len(Variable)], Variable) {
		field := strings.ToLower(name[len(Variable):])
		return Variable + field, fieldName.MatchString(field)
	}
	for _, have := range Names() {
		if strings.EqualFold(have, name) {
			return have, true
		}
	}
	return "", false
}

// Of returns the values of a call for an agent's extension. customer is the caller, or nil if
// unknown or not chosen yet.
func Of(call protocol.Call, customer *protocol.Customer, extension string) Values {
	linked := call.ID
	if _, id, ok := strings.Cut(call.ID, ":"); ok {
		linked = id
	}
	values := Values{
		CID:       call.Number,
		CIDE164:   call.E164,
		CIDName:   call.Name,
		DID:       call.DID,
		UniqueID:  linked,
		LinkedID:  linked,
		CallID:    call.ID,
		Extension: extension,
	}
	if call.Hidden {
		values[CID], values[CIDE164] = "", ""
	}
	if call.Ticket != nil {
		values[Ticket] = call.Ticket.Number
	}
	for _, d := range call.Data {
		values[Variable+d.Name] = d.Value
	}
	if customer != nil {
		values[UserLogin] = customer.Login
		values[UserFullname] = customer.Name
		values[UserEmail] = customer.Email
		values[UserCompany] = customer.Company
		values[UserPhone] = customer.Phone
		values[UserMobile] = customer.Mobile
		values[UserFax] = customer.Fax
		values[UserHome] = customer.HomePhone
		values[UserLocation] = customer.Location
		values[UserStreet] = customer.Street
		values[UserCity] = customer.City
		values[UserOffice] = customer.Office
	}
	return values
}
