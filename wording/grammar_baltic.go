package wording

var latvian = &numbers{
	endings: endings(`i-s i-is i-š i-us ļi-lis ņi-nis ļņi-lnis ši-tis ši-sis ži-dis ži-zis či-cis bji-bis pji-pis mji-mis vji-vis as-a es-e is-s`),
	irregular: singulars(`akmeņi akmens, suņi suns, ūdeņi ūdens, mēneši mēness, cilvēki cilvēks, ļaudis cilvēks, asmeņi asmens, zibeņi zibens,
		rudeņi rudens, sniegi sniegs`),
}

var lithuanian = &numbers{
	endings: endings(`ai-as iai-is iai-ys iai-ius džiai-dis džiai-dys džiai-džius čiai-tis čiai-tys čiai-čius ūs-us os-a ės-ė ys-is enys-uo
		žiai-zys`),
	irregular: singulars(`žmonės žmogus, seserys sesuo, dukterys duktė, šunys šuo, mėnesiai mėnuo`),
}

// estonian has the vowel that the plural adds, which no rule tells, and the commonest changes of
// consonants: "sillad" of "sild".
var estonian = &numbers{
	endings: endings(`d- ad- ed- id- ud- sed-ne ed-i llad-ld nnad-nd nnud-nd rrad-rd rred-rd kad-kk ked-kk kid-kk kud-kk tid-tt tad-tt tud-tt
		pid-pp pud-pp sid-ss lad-lg rad-rg`),
	irregular: singulars(`inimesed inimene, mehed mees, jõed jõgi, mäed mägi, käed käsi, veed vesi, lehed leht, lahed laht, kohad koht, jalad jalg,
		sõbrad sõber, hambad hammas, lambad lammas, kuused kuusk, kased kask, sead siga, lehmad lehm, teed tee, ööd öö, rattad ratas,
		saapad saabas, tütred tütar, pojad poeg, vihmad vihm, tähed täht, linnud lind, mullad muld, kannad kand, tallad tald, kullad kuld, pinnad pind, hinnad hind, katused katus, taevad taevas, põõsad põõsas`),
	never: wordSet("laud raud hind leid"),
}
