package offlinellm

// imperatives are everyday verbs that make a message an errand: "Buy milk".
var imperatives = set(`absorb accelerate accept accompany achieve acknowledge activate adapt add address adjust adopt advertise advise afford agree align allocate
	allowlist amend analyse analyze announce answer apologise apologize appeal apply appoint appraise approve archive arrange ask assemble
	assert assess assist assure attach attend attract audit authorise authorize automate babysit backup bake balance bandage barbecue batch
	bathe beat benchmark bid bill bind blacklist bleach blend block boil bolt book boost borrow bounce box brace brainstorm brew brief bring
	broadcast browse brush budget build bump bundle burn bury buy calculate call cancel caption capture carry carve cash cater caulk celebrate
	challenge change charge chart charter chase chat check cherry-pick choose chop circulate cite claim clarify classify clean clear climb clip
	clone close coach coat collaborate collect comb combine commission commit communicate compare compensate compile complete compose compost
	compress compute conceive condense conduct configure confirm connect conserve consider consolidate construct consult consume contact
	contain contest contract contribute control convene convert convince cook coordinate copy correct cover crawl create crop cross curate
	customise customize cut cycle deal debrief debug decide decline declutter decorate decrease dedicate deduct deepen defend defer define
	defrost delegate deliver demo demolish demonstrate denylist depart deploy deposit derive descale describe design detach determine develop
	devise deworm diagnose dial dice differentiate dig digitise digitize dilute dim dine disassemble disconnect discover discuss disinfect
	dismantle dispatch display dispose dispute distil distribute dive divide do dock document dodge donate double double-check doublecheck
	download downsize draft drain draw dress drill drink drive drop dry dub dump duplicate dust dye e-mail earn ease eat edit eject elaborate
	elect eliminate email embed embroider emphasise empty enable enclose encourage encrypt endorse enforce engage engrave enhance enjoy enlarge
	enlist enroll ensure enter entertain equip erase escalate escort establish estimate evacuate evaluate evict examine exchange exclude
	execute exercise exhibit expand expedite expense experiment expire explore export extend extract fasten fax feed ferment fertilise
	fertilize fetch file fill film filter finalise finalize find fine-tune finetune fingerprint finish fit fix flag flatten flip float flush
	fly focus fold follow footnote force forecast forge formalise format formulate forward foster frame freeze fry fuel fulfil fulfill fund
	furnish gather gauge generate get give glaze glue go google govern grab grade grant grease greet grill grind groom grow guide hammer
	handcraft handle hang harden harvest heat help hem hike hire hold hoover hop host hotfix hunt hydrate identify illustrate imitate immunise
	implement import improve incorporate increase index inflate influence inform inject inspect install insulate insure integrate interpret
	interview introduce invent inventory invest investigate invite invoice iron irrigate isolate issue itemise jog join juggle jumpstart
	justify kayak keep kick knead knit knock label laminate launch lay lead learn leave lend lengthen level lift light lint liquidate list
	listen litigate load lobby localise localize locate lock log look loosen lower lubricate lunch magnify mail maintain make manage
	manufacture map marinate mark market measure meditate meet memorise memorize mend mentor merge message microchip migrate minimise minimize
	mix mock modernise modify monitor mop mount mow mulch mute name narrow navigate neaten negotiate neuter nominate normalise notify nudge
	nurse nurture observe obtain offer oil omit onboard open operate oppose optimise optimize orchestrate order organise organize orient
	outline outsource overhaul oversee pack package padlock paint paraphrase park participate partition paste patch pause pay peel penetrate
	perfect perform persuade pester phone photograph pick picnic pin ping pipe pitch place plan plant play plot plow plug polish poll populate
	post pour practice practise praise pre-book pre-order prebook preheat preorder prepare prescribe present preserve pressure prevent prime
	print prioritise probe process procure produce profile prohibit promote proof proof-read proofread propose protect prove provide provision
	prune publicise publish pull puncture purchase purge purify pursue push put qualify quantify query question quiz raid raise rake rank rate
	ration re-register reach react read readjust realign reallocate reapply reassemble reassess reassign reassure rebalance rebase rebook
	reboot rebrand rebuild recalculate recalibrate recap receive recharge recheck recite reclaim recognise recommend reconcile reconfigure
	reconnect reconsider reconstruct record recount recover recruit rectify recycle redeem redesign redo redraw reduce refactor refer refill
	refinance refine reflect reformat refresh refund refurbish refuse register regrout regulate rehearse reheat rehome reimburse reinforce
	reinstall reinvest reject rejoin rekey relate release reload relocate rely remake remedy remind remit remodel remount remove rename render
	renegotiate renew renovate rent reopen reorder reorganise reorganize repaint repair repay repeat rephrase replace replan replenish reply
	report repot reprint reproduce request reread rerun reschedule rescue reseal research resell resend reserve reset reshape reshoot resize
	resolder resole resolve respond respray restart restock restore restrain restructure retain retake retest rethink retire retouch retrain
	retrieve retrofit return reunite reupload reuse revamp reveal reverse revert review revise revisit revoke reward rewire rewrite ring rinse
	roast roll rollback rotate round route rsvp rub run salvage sample sand sanitise satisfy save scaffold scale scan schedule scout scrape
	screen screw scrub seal search season seat secure see seed segment select sell send separate serve service set settle sew shake share
	sharpen shave shelve shine ship shoot shop shorten shovel showcase shred shuffle shut sieve sign simplify simulate sing sit size skate
	sketch skim skip slice slow smoke soak socialise soften solder solicit solve sort spackle spawn speak specify spell spend spin split
	sponsor spray sprinkle squash squeeze stabilise stack stain stamp standardise staple start stash steam steer sterilise sterilize stick stir
	stock stop store story-point stream strengthen stretch strip structure study subcontract subdivide submerge submit subscribe subsidise
	subtitle succeed sue suggest summarise summarize supervise supply surf survey suspend swap swat sweep swim switch symbolise sync
	synchronise synthesise tabulate tag tailor take talk tame tape tax teach telephone tell tend terminate test tether text thank thaw thicken
	thin think throw tidy tie tighten tile title toast toggle top top-up touch tow trace track trade train transcribe transfer transform
	transition translate transplant transport trap treat triage trim try tuck tune tutor tweet twist type unblock unclog uncover underline
	undertake undo unfold unify uninstall unite unlock unmount unpack unpin unplug unroll unsubscribe untangle unwrap update upgrade upload
	urge use utilise vaccinate vacuum validate value varnish vary vent ventilate verify view visit visualise volunteer vote wait wake walk
	wallpaper warm warn wash watch water wax wean wear weatherproof weave weed weigh weld whisk whitelist whiten widen win wipe wire withdraw
	witness work wrap wrestle write yell zip`)

// errand reports whether a clause without a verb is still a thing to do: it ends in a date and says no more than a name
// ("dentist appointment friday 3pm").
func (p *parser) errand(v *view, i int) bool {
	n := len(v.ts) - i
	if v.urgent(i) {
		return true
	}
	if n < 2 || n > 9 || v.ts[i].sort == mark || v.ts[i].in(notErrands) || v.moods(i) || has(v.ts[i:], "?", "is", "was", "are", "were", "will", "i", "you", "it", "have", "has", "went", "had", "am", "be", "seems", "looks") {
		return false
	}
	spans := v.dates()
	return len(spans) > 0 && spans[len(spans)-1].j >= len(v.ts) && spans[0].i > i
}

var notErrands = set(`i you he she they we it this that these those there the my our what when who why how where which if is are was were do does did
	can could should would will may might every last yesterday happy see until not no yes maybe`)

// moods reports whether a clause only says how things are: "nice weather today", "busy week".
func (v *view) moods(i int) bool {
	return v.ts[i].is("nice", "lovely", "beautiful", "terrible", "awful", "gorgeous", "great", "good", "bad", "horrible", "wonderful", "sunny", "rainy", "cold", "hot", "what") ||
		has(v.ts[i:min(len(v.ts), i+3)], "weather", "day", "week", "morning", "evening", "night", "weekend", "sunshine", "rain", "snow")
}

// alone are verbs that ask for nothing when nothing follows.
var alone = set("help stop go wait continue start test check show list open read tell answer reply talk speak add create make delete remove update change move write")

// urgent reports whether a clause begins with a priority and a colon: "urgent: server down".
func (v *view) urgent(i int) bool {
	_, n := v.levelAt(i, false)
	return n > 0 && i+n < len(v.ts) && v.ts[i+n].is(":", "-", "–", "—") && i+n+1 < len(v.ts)
}
