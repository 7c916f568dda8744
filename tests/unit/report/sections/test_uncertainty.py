from dataclasses import replace

from counterflow.report.content import Sentences
from counterflow.report.sections.uncertainty import uncertainty
from strategies.findings import small_findings


def section(**drivers: float):
    findings = small_findings()
    drawn = {name: findings.volumes.draws.sum(axis=(1, 2, 3)) for name in drivers}
    volumes = replace(findings.volumes, drivers=drawn)
    return uncertainty(replace(findings, volumes=volumes, drivers=drivers))


def test_the_largest_driver_leads():
    finding = section(awareness=0.2, preferences=0.7).finding.replace("\xa0", " ")
    assert finding == (
        "The volume is uncertain mostly through preferences: 70 % of its variance, awareness 20 %."
    )


def test_what_several_inputs_explain_together_is_a_row_of_its_own():
    figure = section(awareness=0.6, preferences=0.3).blocks[0]
    assert [row[0] for row in figure.table.rows] == ["Awareness", "Preferences", "Several together"]
    assert figure.table.rows[-1][1].replace("\xa0", " ") == "10 %"


def test_regions_of_one_input_share_one_piece_of_advice():
    advice = section(**{"market size of north": 0.5, "market size of south": 0.4, "luck": 0.1})
    sentences = next(block for block in advice.blocks if isinstance(block, Sentences)).sentences
    assert [sentence.split(":")[0] for sentence in sentences] == ["Market size", "Luck"]
