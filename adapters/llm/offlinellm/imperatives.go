package offlinellm

// imperatives are everyday verbs that make a message an errand: "Buy milk".
var imperatives = set(`accept add address adjust agree align allocate analyse analyze announce answer apply approve arrange ask assemble assess attend audit
	backup bake bathe bill block book borrow brainstorm bring brush build buy calculate call cancel cash celebrate change charge chase check choose clarify clean clear
	climb close coach collect compare compile complete compose configure confirm connect consult contact convert cook coordinate copy correct
	cover create cut deal debug decide decorate deliver demo deploy deposit describe design develop dig discuss dispatch disinfect distribute do document
	donate download draft draw drive drop dry dust edit email e-mail empty enable encourage enroll evaluate examine exchange exercise explore export
	feed file fill finalise finalize find finish fix fold follow force forward frame fund gather get give go greet grab grade groom handle hang
	harvest help hire hold host hoover identify implement import improve inform inspect install interview inventory investigate invite invoice iron
	join keep kick knit label launch learn leave lend level list load lock look lunch mail maintain make map market measure meet merge message
	migrate monitor mop mow negotiate notify nudge onboard open optimise optimize order organise organize outline overhaul pack paint park pay perform
	phone photograph pick ping pitch plan plant plug polish post practice practise prepare present print process procure proofread propose prune
	publish pull purchase push put query question raise reach read rebuild recalibrate recharge record recruit recycle redeem redesign reduce refactor
	refill refinance refund register rehearse reimburse reinstall release remind remodel renew renovate rent repair repaint replace reply report request research reserve reset resize
	resolve respond restock return review revise rewrite ring run sand save scan schedule scrub search secure see select sell send service set settle sew
	share sharpen shave ship shop shorten sign sketch smoke sort speak stain start stock stop store stretch study submit subscribe sweep switch swim sync take talk
	tax teach tell test text thank throw tidy train transcribe transfer translate treat trim try tune type unblock unpack unsubscribe update upgrade upload vacuum
	validate verify visit vote wake walk warn wash watch water wax weed weigh wipe work wrap write defrost descale vacuum mow rake shovel trim prune repot fertilize water groom bathe brush polish sand varnish drill hammer screw mount unmount
	assemble disassemble reorder recheck double-check doublecheck proof-read finetune fine-tune rehearse memorize memorise meditate jog cycle hike swim bake roast grill marinate
	peel chop freeze thaw rinse soak sterilize sterilise declutter donate recycle compost shred archive scan digitize digitise photograph film edit publish post tweet stream
	pre-order preorder pre-book prebook rebook reschedule confirm rsvp register re-register renew reapply file appeal claim dispute budget invest withdraw top-up recharge insure
	vaccinate deworm microchip walk feed rehome adopt foster babysit tutor mentor coach quiz grade mark proofread cite footnote summarise summarize paraphrase translate
	provision refactor lint benchmark profile patch hotfix roll rollback revert rebase cherry-pick tag bump pin unpin whitelist blacklist allowlist denylist rotate revoke grant escalate triage groom estimate story-point demo showcase`)

// errand reports whether a clause without a verb is still a thing to do: it ends in a date and says no more than a name
// ("dentist appointment friday 3pm").
func (p *parser) errand(v *view, i int) bool {
	n := len(v.ts) - i
	if v.urgent(i) {
		return true
	}
	if n < 2 || n > 9 || v.ts[i].sort == mark || v.ts[i].in(notErrands) || has(v.ts[i:], "?", "is", "was", "are", "were", "will", "i", "you", "it", "have", "has", "went", "had", "am", "be", "seems", "looks") {
		return false
	}
	spans := v.dates()
	return len(spans) > 0 && spans[len(spans)-1].j >= len(v.ts) && spans[0].i > i
}

var notErrands = set(`i you he she they we it this that these those there the my our what when who why how where which if is are was were do does did
	can could should would will may might every last yesterday happy see until not no yes maybe`)

// urgent reports whether a clause begins with a priority and a colon: "urgent: server down".
func (v *view) urgent(i int) bool {
	_, n := v.levelAt(i, false)
	return n > 0 && i+n < len(v.ts) && v.ts[i+n].is(":", "-", "–", "—") && i+n+1 < len(v.ts)
}
