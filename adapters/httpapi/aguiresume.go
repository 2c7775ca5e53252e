package httpapi

import (
	"encoding/json"
	"strconv"

	"github.com/adiuva/cloud/adapters/httpapi/contract"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/fault"
)

// proposal is a deletion that an earlier run proposed, as the conversation tells it.
type proposal struct {
	call    string
	action  chat.Action
	request chat.Request // that it was an answer to
}

// maxProposals is how many are looked at: no answer proposes nearly as many.
const maxProposals = 20

// decision is what a person made of a proposal.
type decision struct {
	proposal
	approved bool
	told     bool // by the client as the result of the call, as if it were a tool
}

// decide reads what a person decided on the proposals that are open: by resuming, or by a result of the call, as front ends
// do that know no interrupts. unknown says that there was a decision on something else.
func (r *aguiRun) decide(t *talk, last int, resume []contract.ResumeEntry) (unknown bool, err error) {
	open, told := t.proposals(last, len(t.messages))
	r.decisions = told
	if len(open) == 0 && len(resume) > 0 { // the user has spoken since: what else was proposed is dropped
		open, _ = t.proposals(t.lastUser(last), last)
	} else {
		r.waiting = open
	}
	decided := map[string]bool{}
	for i, entry := range resume {
		approved, err := approval(entry, "body.resume["+strconv.Itoa(i)+"].payload")
		if err != nil {
			return false, err
		}
		p, ok := find(open, entry.InterruptID)
		if !ok {
			unknown = true
			continue
		}
		if !decided[p.call] {
			r.decisions = append(r.decisions, decision{proposal: p, approved: approved})
		}
		decided[p.call] = true
	}
	r.waiting = without(r.waiting, decided)
	return unknown, nil
}

func find(open []proposal, call string) (proposal, bool) {
	for _, p := range open {
		if p.call == call {
			return p, true
		}
	}
	return proposal{}, false
}

func without(open []proposal, decided map[string]bool) []proposal {
	var left []proposal
	for _, p := range open {
		if !decided[p.call] {
			left = append(left, p)
		}
	}
	return left
}

// approval reads an answer to an interrupt. Whatever is not a plain yes is no yes: what cannot be understood is refused.
func approval(entry contract.ResumeEntry, at string) (bool, error) {
	if entry.Status == "cancelled" {
		return false, nil
	}
	payload, _ := entry.Payload.(map[string]any)
	if _, edited := payload["editedArgs"]; edited {
		return false, fault.Invalid(at, "must not edit what is approved: it can be approved as it is, or not at all")
	}
	approved, ok := payload["approved"].(bool)
	if !ok {
		return false, fault.Invalid(at, "must say whether it is approved: true or false")
	}
	return approved, nil
}

// proposals are those between the user's message at a place and end: open if the call has no result, told if its result is
// there and nothing has come of it yet.
func (t *talk) proposals(at, end int) (open []proposal, told []decision) {
	if at < 0 {
		return nil, nil
	}
	var request chat.Request
	seen := map[string]bool{}
	for i := at + 1; i < end; i++ {
		for _, call := range t.messages[i].ToolCalls {
			action, ok := proposed(call)
			if !ok || t.messages[i].Role != string(chat.Assistant) || seen[call.ID] || len(seen) == maxProposals {
				continue
			}
			if len(seen) == 0 {
				request = t.request(at, i)
			}
			seen[call.ID] = true
			p := proposal{call.ID, action, request}
			switch result, answered := t.results[call.ID]; {
			case !answered:
				open = append(open, p)
			case t.lastAssistant(end) < result.at:
				told = append(told, decision{proposal: p, approved: result.approves(), told: true})
			}
		}
	}
	return open, told
}

// approves reads a result as an answer to a proposal: a plain yes, or none.
func (r result) approves() bool {
	var answer struct {
		Approved bool `json:"approved"`
	}
	err := json.Unmarshal([]byte(textOf(r.Content, "")), &answer)
	return err == nil && r.Error == "" && answer.Approved
}

// proposed is the deletion that a call proposes, if it does.
func proposed(call contract.RunToolCall) (chat.Action, bool) {
	var a contract.RunActionArguments
	if call.Function.Name != confirmDelete || json.Unmarshal([]byte(call.Function.Arguments), &a) != nil {
		return chat.Action{}, false
	}
	id, _ := a.Data["id"].(string)
	return chat.Action{Type: chat.DeleteRecord, Table: a.Table, Data: map[string]any{"id": id}}, true
}
