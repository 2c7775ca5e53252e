package agents

// none takes a reference away in an update.
const none recordID = "none"

// fields are the columns of a record that a call gives.
type fields map[string]any

// text sets a column unless the call left it out.
func text[S ~string](f fields, column string, value S) {
	if value != "" {
		f[column] = string(value)
	}
}

// reference sets a column that names another record, or takes it away.
func reference(f fields, column string, id recordID) {
	switch id {
	case "":
	case none:
		f[column] = nil
	default:
		f[column] = string(id)
	}
}

// moment sets a time, or takes it away with 0.
func (f fields) moment(column string, at *millis) error {
	switch {
	case at == nil || *at == unchanged:
	case *at == 0:
		f[column] = nil
	default:
		if err := at.check(); err != nil {
			return err
		}
		f[column] = int64(*at)
	}
	return nil
}

// flag sets 0 or 1 unless the call left it out.
func (f fields) flag(column string, v *flag) {
	if v != nil && *v != unchanged {
		f[column] = int(*v)
	}
}

// suggestion says of a new record whether it was the assistant's own idea, and whether it counts already. What the user
// asked for does; an idea waits for the user's approval, whatever the model says of it.
func (f fields) suggestion(suggested, approved *flag) {
	f["is_ai_suggested"], f["is_approved"] = 0, 1
	f.flag("is_ai_suggested", suggested)
	f.flag("is_approved", approved)
	if f["is_ai_suggested"] == 1 {
		f["is_approved"] = 0
	}
}
